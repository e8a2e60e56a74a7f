/** The quick tree of usual texts is the tree that the `yaml` package makes of them, place by place. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readServerYaml } from '../../server/src/manifest/server-yaml/index.ts';
import { cutDocuments } from '../../server/src/manifest/parse-documents.ts';
import { tolerantTree } from '../../server/src/manifest/tolerant-tree.ts';
import { usualTree } from '../../server/src/manifest/usual-tree.ts';
import { RULES } from '../../server/src/races/index.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples');
const examples = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((it) => it.endsWith('.yaml'))
  .map((it) => readFileSync(path.join(EXAMPLES, it), 'utf8'));
const ofRules = RULES.flatMap((it) => [...it.examples.racing, ...it.examples.safe]);

function quickTree(text: string): unknown {
  const { usualRoot } = readServerYaml(text);
  return usualRoot && usualTree(usualRoot, text);
}

/** Layouts that people use, a value in each of them. */
const key = fc.constantFrom('a', 'name', '"quoted"', "'k v'", '8080', 'true', 'a.b/c', '-x', 'x:y');
const plain = fc.constantFrom('1', 'web', 'a b', '1.5Gi', 'yes', '~', 'x#y', ':x');
const quoted = fc.constantFrom('""', '"a\\n\\"b"', "'it''s'", '"a\n    b"', "'a\n\n    b'");
const comment = fc.constantFrom('', '', '', ' # why', '   #', '\t# tab');
const between = fc.constantFrom('', '', '', '\n', '# line\n', '      # far in\n', '\n\n  # two\n');

interface Layout {
  readonly flow: string;
  /** Its lines, indented by so much; begins behind `key:` or `-`. */
  readonly block: (indent: number) => string;
}

const scalar: fc.Arbitrary<Layout> = fc
  .tuple(fc.oneof(plain, plain, quoted), comment, between)
  .map(([text, behind, after]) => ({ flow: text, block: () => ` ${text}${behind}\n${after}` }));
const nothing: fc.Arbitrary<Layout> = fc
  .tuple(fc.constantFrom('', ' ', '  '), comment)
  .map(([blanks, behind]) => ({ flow: '""', block: () => `${blanks}${behind}\n` }));
const blockScalar: fc.Arbitrary<Layout> = fc
  .tuple(
    fc.constantFrom('|', '>', '|-', '>-', '|+', '>+'),
    fc.array(fc.constantFrom('text', 'a: b', '  more', '# no comment', ''), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([mark, lines]) => ({
    flow: '"block"',
    block: (indent) => {
      const pad = ' '.repeat(indent + 2);
      const rest = lines.map((it) => (it === '' ? '\n' : `${pad}${it}\n`)).join('');
      return ` ${mark}\n${pad}first\n${rest}`;
    },
  }));

const layout = fc.letrec<{ node: Layout; map: Layout; list: Layout; flow: Layout }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    nothing,
    blockScalar,
    tie('map'),
    tie('list'),
    tie('flow'),
  ),
  map: fc
    .tuple(
      fc.uniqueArray(fc.tuple(key, tie('node')), {
        selector: ([it]) => it,
        minLength: 1,
        maxLength: 3,
      }),
      between,
    )
    .map(([members, before]) => ({
      flow: `{ ${members.map(([name, it]) => `${name}: ${it.flow}`).join(', ')} }`,
      block: (indent) => `\n${before}${mapLines(members, indent + 2)}`,
    })),
  list: fc
    .tuple(fc.array(tie('node'), { minLength: 1, maxLength: 3 }), fc.boolean(), between)
    .map(([items, indented, before]) => ({
      flow: `[${items.map((it) => it.flow).join(', ')}]`,
      block: (indent) => {
        const column = indented ? indent + 2 : indent;
        const pad = ' '.repeat(Math.max(0, column));
        return `\n${before}${items.map((it) => `${pad}-${it.block(column)}`).join('')}`;
      },
    })),
  flow: fc
    .tuple(tie('map'), tie('list'), fc.boolean(), comment)
    .map(([map, list, isMap, behind]) => {
      const { flow } = isMap ? map : list;
      return { flow, block: () => ` ${flow}${behind}\n` };
    }),
}));

function mapLines(members: readonly (readonly [string, Layout])[], column: number): string {
  const pad = ' '.repeat(column);
  return members.map(([name, it]) => `${pad}${name}:${it.block(column)}`).join('');
}

const documents = fc
  .tuple(layout.map, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([map, lineBreak, ends]) => {
    const text = map.block(-2).replace(/^\n/, '').replaceAll('\n', lineBreak);
    // A block that ends with the text is another test's.
    return ends || /[|>][-+]?\s*\n/.test(text) ? text : text.trimEnd();
  });

describe('the quick tree', () => {
  it('is the tolerant one of every example', () => {
    for (const { text } of [...examples, ...ofRules].flatMap((it) => cutDocuments(it))) {
      const quick = quickTree(text);
      if (quick) expect(quick, text).toEqual(tolerantTree(text).root);
    }
  });

  it('is made of nearly all of them', () => {
    const texts = examples.flatMap((text) => cutDocuments(text)).map((it) => it.text);
    const written = texts.filter((it) => tolerantTree(it).root);
    expect(written.filter((it) => quickTree(it)).length / written.length).toBeGreaterThan(0.9);
  });

  it('is the tolerant one of any layout', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const quick = quickTree(text);
        fc.pre(quick !== undefined);
        const { root, problems } = tolerantTree(text);
        // What YAML 1.2 refuses has no tree to compare with.
        if (problems.length === 0) expect(quick).toEqual(root);
      }),
      { numRuns: 2000 },
    );
  });

  it('has no line break at the end of a block that ends with the text, as with the server', () => {
    expect(quickTree('a: |\n  x')).toMatchObject({ entries: [{ value: { value: 'x' } }] });
  });

  it.each([
    ['an anchor', 'a: &x 1\n'],
    ['an alias', 'a: &x 1\nb: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a merge', 'a: &x {b: 1}\nc:\n  <<: *x\n'],
    ['a written-out merge', 'c:\n  <<: {b: 1}\n'],
    ['a key behind a question mark', '? a\n: 1\n'],
    ['a value left out between brackets', '{a: , b}\n'],
    ['a pair in a list', '[a: 1]\n'],
    ['the end of a document', 'a: 1\n...\n'],
    ['a fault', 'a: [\n'],
  ])('is not made of %s', (_, text) => {
    expect(quickTree(text)).toBeUndefined();
  });
});
