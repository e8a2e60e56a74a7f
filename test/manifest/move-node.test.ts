import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  moveNode,
  readDocuments,
  TextOf,
  type FieldPath,
  type NodeMove,
} from '../../server/src/manifest/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { applied } from '../support/check-rule.ts';

const read = (text: string) => readDocuments(new SourceFile('file:///a.yaml', text));

/** The text after the move. */
function moved(text: string, move: NodeMove): string | undefined {
  const document = read(text).find((it) => it.root);
  const edits = document && moveNode(document, move);
  return edits && applied(text, edits);
}

const pod = (spec: string) => `apiVersion: v1\nkind: Pod\nspec:\n${spec}`;
const containers = (index: number): FieldPath => ['spec', 'containers', index];
const inits = (index: number): FieldPath => ['spec', 'initContainers', index];
const SIDECAR = { restartPolicy: 'Always' };

describe('moving a container', () => {
  it('makes the list before the one it comes from, and takes its comments along', () => {
    const text = pod(`  # all of them
  containers:
    - name: app
      image: web
    # the proxy
    - name: proxy # v1
      args:
        - |
          # not a comment
          run
      # to be raised
`);
    expect(moved(text, { from: containers(1), to: inits(0), adding: SIDECAR })).toBe(
      pod(`  initContainers:
    # the proxy
    - name: proxy # v1
      args:
        - |
          # not a comment
          run
      restartPolicy: Always
      # to be raised
  # all of them
  containers:
    - name: app
      image: web
`),
    );
  });

  it('indents it as the items it comes among', () => {
    const text = pod(`    initContainers:
    - name: setup
    containers:
        -   name: app
            image: web
        -   name: proxy
            ports:
                -   containerPort: 1
`);
    expect(moved(text, { from: containers(1), to: inits(0), adding: SIDECAR })).toBe(
      pod(`    initContainers:
    - name: proxy
      ports:
          -   containerPort: 1
      restartPolicy: Always
    - name: setup
    containers:
        -   name: app
            image: web
`),
    );
  });

  it('writes flow as flow', () => {
    const text = pod(`  containers: [{ name: app }, { name: proxy, image: envoy }]\n`);
    expect(moved(text, { from: containers(1), to: inits(0), adding: SIDECAR })).toBe(
      pod(`  initContainers: [{ name: proxy, image: envoy, restartPolicy: Always }]
  containers: [{ name: app }]
`),
    );
  });

  it('changes the order within a list', () => {
    const text = pod(`  initContainers:
    # first
    - { name: a }
    # second
    - name: b`);
    expect(moved(text, { from: inits(1), to: inits(0) })).toBe(
      pod(`  initContainers:
    # second
    - name: b
    # first
    - { name: a }
`),
    );
  });

  it('declines where an anchor is in it, where a list would be empty, where a block would be flow', () => {
    const to = inits(0);
    const proxy = (more: string) =>
      pod(`  containers:\n    - name: app\n    - name: proxy${more}\n`);
    expect(moved(proxy(''), { from: containers(1), to })).toBeDefined();
    for (const more of ['\n      a: &x 1', '\n      <<: *x', '\n      a: |+\n        b\n']) {
      expect(moved(proxy(more), { from: containers(1), to })).toBeUndefined();
    }
    expect(moved(pod('  containers:\n    - name: app\n'), { from: containers(0), to })).toBe(
      undefined,
    );
    const flow = pod(
      '  initContainers: [{ name: a }]\n  containers:\n    - name: b\n    - name: c\n',
    );
    expect(moved(flow, { from: containers(1), to })).toBeUndefined();
  });
});

describe('turning a field into something else', () => {
  const hook = ['spec', 'containers', 0, 'lifecycle', 'postStart'];
  const toInit: NodeMove = {
    from: hook,
    to: inits(0),
    as: {
      name: 'wait',
      command: new TextOf<FieldPath>([...hook, 'exec', 'command']),
      image: 'web',
    },
  };

  it('takes the text of its parts, and its comments', () => {
    const text = pod(`  containers:
    - name: app
      lifecycle:
        # wait for the database
        postStart:
          exec: # by nc
            command:
              # no timeout
              - sh
              - "-c"
              - |
                until nc -z db 5432; do
                  sleep 1
                done
        preStop: { sleep: { seconds: 5 } }
`);
    expect(moved(text, toInit)).toBe(
      pod(`  initContainers:
    # wait for the database
    # by nc
    - name: wait
      command:
        # no timeout
        - sh
        - "-c"
        - |
          until nc -z db 5432; do
            sleep 1
          done
      image: web
  containers:
    - name: app
      lifecycle:
        preStop: { sleep: { seconds: 5 } }
`),
    );
  });

  it('writes a field where the one stood that it is made of', () => {
    const text = pod(
      '  containers:\n    - name: app\n      lifecycle: { postStart: { httpGet: { port: 80 } } }\n',
    );
    const from = ['spec', 'containers', 0, 'lifecycle'];
    const as = {
      httpGet: new TextOf<FieldPath>([...hook, 'httpGet']),
      periodSeconds: 1,
    };
    const to = ['spec', 'containers', 0, 'startupProbe'];
    expect(moved(text, { from, to, as })).toBe(
      pod(
        '  containers:\n    - name: app\n      startupProbe:\n        httpGet: { port: 80 }\n        periodSeconds: 1\n',
      ),
    );
  });
});

/** A container in one of the ways people write one; its comments are `#` and a name of their own. */
const container = fc
  .record({
    gap: fc.constantFrom(' ', '   '),
    above: fc.boolean(),
    behind: fc.boolean(),
    below: fc.boolean(),
    blank: fc.boolean(),
    body: fc.constantFrom(
      'plain',
      'flow',
      'literal',
      'clipped',
      'quoted',
      'list at the margin',
      'empty value',
      'anchor',
      'alias',
      'merge',
    ),
  })
  .map((it) => (name: string): string => {
    const pad = ' '.repeat(1 + it.gap.length);
    const bodies: Record<string, string> = {
      plain: `\n${pad}image: x`,
      literal: `\n${pad}args:\n${pad}  - |\n${pad}    # text ${name}\n\n${pad}    run\n${pad}  - >-\n${pad}    # more ${name}`,
      clipped: `\n${pad}args:\n${pad}  - |\n${pad}    # text ${name}\n${pad}      run`,
      quoted: `\n${pad}image: "a # b\n${pad}  c"`,
      'list at the margin': `\n${pad}args:\n${pad}- a # arg-${name}\n${pad}- b`,
      'empty value': `\n${pad}image:`,
      anchor: `\n${pad}resources: &res { limits: { cpu: 1 } }`,
      alias: `\n${pad}resources: *res`,
      merge: `\n${pad}<<: *base`,
    };
    const head = it.body === 'flow' ? `{ name: ${name}, args: ["#"] }` : `name: ${name}`;
    return [
      it.above ? `# above-${name}\n` : '',
      `-${it.gap}${head}${it.behind && it.body !== 'empty value' ? ` # behind-${name}` : ''}`,
      it.body === 'flow' ? '' : bodies[it.body],
      it.below && it.body !== 'flow' ? `\n${pad}# below-${name}` : '',
      it.blank ? '\n' : '',
    ].join('');
  });

const layout = fc.record({
  base: fc.boolean(),
  step: fc.constantFrom(2, 4),
  margin: fc.boolean(),
  initMargin: fc.boolean(),
  mains: fc.array(container, { minLength: 2, maxLength: 4 }),
  inits: fc.array(container, { maxLength: 2 }),
  flowInits: fc.boolean(),
  initsLast: fc.boolean(),
  tail: fc.constantFrom('', '\n', '\n# end\n', '\n\n---\nkind: Other\napiVersion: v1\n'),
  newline: fc.constantFrom('\n', '\r\n'),
  from: fc.nat(3),
  to: fc.nat(2),
  adds: fc.boolean(),
});

type Layout = typeof layout extends fc.Arbitrary<infer T> ? T : never;

function written(it: Layout): string {
  const pad = ' '.repeat(it.step);
  const list = (key: string, items: readonly string[], atMargin: boolean) => {
    const indent = atMargin ? pad : pad + pad;
    const lines = items.flatMap((item) => item.split('\n'));
    return [`${pad}${key}:`, ...lines.map((line) => (line ? indent + line : line))].join('\n');
  };
  const mains = list(
    'containers',
    it.mains.map((make, i) => make(`m${i}`)),
    it.margin,
  );
  const flow = `${pad}initContainers: [${it.inits.map((_, i) => `{ name: i${i} }`).join(', ')}]`;
  const first = it.flowInits
    ? flow
    : list(
        'initContainers',
        it.inits.map((make, i) => make(`i${i}`)),
        it.initMargin,
      );
  const parts = it.inits.length === 0 ? [mains] : it.initsLast ? [mains, first] : [first, mains];
  const base = it.base ? 'x-base: &base { tty: true }\nx-res: &res {}\n' : '';
  const text = `${base}apiVersion: v1\nkind: Pod\nspec:\n${parts.join('\n')}${it.tail}`;
  return text.replaceAll('\n', it.newline);
}

/** The object that a text's first document is, and the comments in it. */
function meaning(text: string): { object: unknown; problems: unknown; comments: string[] } {
  const [document] = read(text);
  return {
    object: structuredClone(document?.manifests[0]?.object),
    problems: document?.problems,
    comments: [...text.matchAll(/# (?:above|behind|below|end)[-\w]*|# arg-\w+/g)].map(String),
  };
}

interface Spec {
  spec: { containers: Record<string, unknown>[]; initContainers?: Record<string, unknown>[] };
}

describe('moves in odd layouts', () => {
  it('mean what they say, and lose no comment', () => {
    let offered = 0;
    fc.assert(
      fc.property(layout, (it) => {
        const text = written(it);
        const before = meaning(text);
        const from = it.from % it.mains.length;
        const to = Math.min(it.to, it.inits.length);
        const adding = it.adds ? SIDECAR : {};
        const after = moved(text, { from: containers(from), to: inits(to), adding });
        if (after === undefined) return;
        offered++;
        const expected = before.object as Spec;
        const [container] = expected.spec.containers.splice(from, 1);
        (expected.spec.initContainers ??= []).splice(to, 0, { ...container, ...adding });
        const is = meaning(after);
        expect(is.problems, after).toEqual([]);
        expect(is.object, after).toEqual(expected);
        expect(is.comments.toSorted(), after).toEqual(before.comments.toSorted());
        expect(after.replaceAll('\r\n', '').includes('\n')).toBe(it.newline === '\n');
      }),
      { numRuns: 200 },
    );
    expect(offered).toBeGreaterThan(40);
  });
});
