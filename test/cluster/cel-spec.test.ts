/**
 * The vectors of cel-spec, as far as Kubernetes' environment has what they use: no protobuf
 * messages, no math, encoders or bindings extension. What still fails is listed by name.
 */
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from '@bufbuild/cel-spec/testdata/tests.js';
import { expect, test } from 'vitest';
import { celEquals } from '../../server/src/cluster/cel/values.ts';
import {
  compileCel,
  MapValue,
  TypeValue,
  Uint,
  type CelValue,
} from '../../server/src/cluster/cel/index.ts';
import { KNOWN_FAILURES } from './cel-spec-known-failures.ts';

const LEFT_OUT =
  /^(bindings_ext|block_ext|encoders_ext|math_ext|proto|enums|wrappers|dynamic|unknowns|type_ded)/;
const NEEDS_PROTOBUF =
  /TestAllTypes|google\.protobuf\.(?!Timestamp|Duration)|google\.protobuf\.\w+\{|cel\.expr|proto\.|cel\.bind|math\.|base64|optional_type\b|\bGlobalEnum/;

interface Vector {
  readonly name: string;
  readonly original: IncrementalTest['original'];
}

/** The part of `cel.expr.Value` that is used here. */
type Value = NonNullable<
  Extract<IncrementalTest['original']['resultMatcher'], { case: 'value' }>['value']
>;

function* vectors(suite: IncrementalTestSuite, path: string): Generator<Vector> {
  for (const it of suite.tests) yield { name: `${path}/${it.name}`, original: it.original };
  for (const it of suite.suites) yield* vectors(it, `${path}/${it.name}`);
}

function toValue(value: Value): CelValue {
  const { kind } = value;
  switch (kind.case) {
    case 'uint64Value':
      return new Uint(kind.value);
    case 'typeValue':
      return new TypeValue(kind.value);
    case 'nullValue':
      return null;
    case 'listValue':
      return kind.value.values.map((it) => toValue(it));
    case 'mapValue': {
      const map = new MapValue();
      for (const { key, value: it } of kind.value.entries) {
        if (key && it) map.set(toValue(key), toValue(it));
      }
      return map;
    }
    case 'int64Value':
    case 'doubleValue':
    case 'stringValue':
    case 'bytesValue':
    case 'boolValue':
      return kind.value;
    default:
      throw new Error('needs protobuf');
  }
}

/** Undefined where the vector needs what Kubernetes has not. */
function outcome({ original }: Vector): boolean | undefined {
  const { expr, bindings, resultMatcher, container, checkOnly } = original;
  if (NEEDS_PROTOBUF.test(expr) || container !== '' || checkOnly) return undefined;
  const names = new Map<string, CelValue>();
  let wanted: CelValue | undefined = true;
  try {
    for (const [name, { kind }] of Object.entries(bindings)) {
      if (kind.case === 'value') names.set(name, toValue(kind.value));
    }
    if (resultMatcher.case === 'value') wanted = toValue(resultMatcher.value);
    if (resultMatcher.case === 'evalError') wanted = undefined;
  } catch {
    return undefined;
  }
  const result = compileCel(expr).run((name) => names.get(name));
  if (wanted === undefined) return 'error' in result;
  if ('error' in result) return false;
  const bothNaN = Number.isNaN(wanted) && Number.isNaN(result.value);
  return bothNaN || celEquals(result.value, wanted);
}

test('all vectors of cel-spec come right but the known failures', () => {
  const failed: string[] = [];
  let right = 0;
  for (const suite of getConformanceSuite().suites) {
    if (LEFT_OUT.test(suite.name)) continue;
    for (const vector of vectors(suite, suite.name)) {
      const ok = outcome(vector);
      if (ok === false) failed.push(vector.name);
      else if (ok) right++;
    }
  }
  expect(failed.sort()).toEqual([...KNOWN_FAILURES].sort());
  expect(right).toBeGreaterThan(1300);
});
