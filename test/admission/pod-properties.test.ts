import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  podTemplateWarnings,
  podWarnings,
  preparePodForCreate,
  setPodDefaults,
  setPodTemplateDefaults,
  validatePodCreate,
  validatePodTemplateSpec,
} from '../../server/src/admission/index.ts';
import { errorText, Path } from '../../server/src/admission/validation/machinery/index.ts';
import type { Pod, PodTemplateSpec } from '../../server/src/manifest/index.ts';
import structure from '../../server/src/manifest/structure.json' with { type: 'json' };

interface FieldStructure {
  readonly type?: string;
  readonly ref?: string;
  readonly list?: boolean;
  readonly map?: boolean;
  readonly enum?: readonly string[];
}
const TYPES = structure.types as Readonly<
  Record<string, { readonly fields?: Readonly<Record<string, FieldStructure>> }>
>;

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'web-0',
    'Not_DNS',
    '..',
    '../x',
    '/abs',
    'a.b/c',
    'localhost/x',
    '10.0.0.1',
  ),
  fc.constantFrom(
    "metadata.labels['x']",
    'limits.cpu',
    'Always',
    'Localhost',
    'windows',
    'In',
    'nginx:1',
  ),
  fc.string({ maxLength: 8 }),
);
const integer = fc.oneof(fc.constantFrom(0, 1, -1, 80, 70000, 2 ** 31), fc.integer());
const quantity = fc.constantFrom<string | number>(
  '1',
  '100m',
  '1Gi',
  '-1',
  '0',
  2,
  '1e3',
  '1n',
  'hm',
);

/** Values of a type of the API as the decoder lets them through; the deeper, the emptier. */
function valueOf(
  { type, ref, list, map, enum: values }: FieldStructure,
  depth: number,
): fc.Arbitrary<unknown> {
  const one =
    ref === undefined ? scalar(type, values) : depth > 8 ? fc.constant({}) : objectOf(ref, depth);
  if (list === true) return fc.array(one, { maxLength: 2 });
  if (map !== true) return one;
  return fc.dictionary(fc.oneof(text, fc.constantFrom('cpu', 'memory', 'hugepages-2Mi')), one, {
    maxKeys: 2,
  });
}

function scalar(
  type: string | undefined,
  values: readonly string[] | undefined,
): fc.Arbitrary<unknown> {
  if (values) return fc.oneof(fc.constantFrom(...values), text);
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'int32':
    case 'int64':
      return integer;
    case 'quantity':
      return quantity;
    case 'int-or-string':
      return fc.oneof(integer, text);
    default:
      return text;
  }
}

function objectOf(ref: string, depth: number): fc.Arbitrary<object> {
  const fields = Object.entries(TYPES[ref]?.fields ?? {});
  const chosen = fc.subarray(fields, { maxLength: Math.min(fields.length, depth === 0 ? 8 : 4) });
  return chosen.chain((list) =>
    fc.record(Object.fromEntries(list.map(([name, it]) => [name, valueOf(it, depth + 1)]))),
  );
}

const anySpec = objectOf('CoreV1PodSpec', 0);
const metadata = { name: 'web', namespace: 'shop', labels: { app: 'web' } };

test('no decoded Pod makes admission throw, and the same Pod gets the same answer', () => {
  const answer = (spec: object): unknown => {
    const pod = structuredClone({ kind: 'Pod', metadata, spec }) as unknown as Pod;
    setPodDefaults(pod);
    const warnings = [...preparePodForCreate(pod), ...podWarnings(pod)];
    return { warnings, causes: validatePodCreate(pod).map((it) => errorText(it)) };
  };
  fc.assert(
    fc.property(anySpec, (spec) => {
      expect(answer(spec)).toEqual(answer(spec));
    }),
    { numRuns: 300 },
  );
});

test('a Pod that has its defaults is not changed by them, nor by preparing it twice', () => {
  fc.assert(
    fc.property(anySpec, (spec) => {
      const pod = structuredClone({ kind: 'Pod', metadata, spec }) as unknown as Pod;
      setPodDefaults(pod);
      const once = structuredClone(pod);
      setPodDefaults(pod);
      expect(pod).toEqual(once);
      preparePodForCreate(pod);
      const { spec: prepared, status } = structuredClone(pod);
      // Keys that the server merges into selectors would be there twice.
      for (const it of ['affinity', 'topologySpreadConstraints'] as const) {
        Reflect.deleteProperty(pod.spec, it);
        Reflect.deleteProperty(prepared, it);
      }
      setPodDefaults(pod);
      preparePodForCreate(pod);
      expect(pod.spec).toEqual(prepared);
      expect(pod.status).toEqual(status);
    }),
    { numRuns: 300 },
  );
});

test('defaults are set once: setting them again changes nothing', () => {
  fc.assert(
    fc.property(anySpec, (spec) => {
      const template = structuredClone({ spec }) as PodTemplateSpec;
      setPodTemplateDefaults(template);
      const once = structuredClone(template);
      setPodTemplateDefaults(template);
      expect(template).toEqual(once);
      const path = Path.of('spec', 'template');
      for (const it of validatePodTemplateSpec(template, path)) {
        expect(it.field.startsWith('spec.template')).toBe(true);
      }
      podTemplateWarnings(template, path);
    }),
    { numRuns: 300 },
  );
});
