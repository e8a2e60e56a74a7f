/**
 * What a plain scalar means in YAML 1.1 as the API server reads it (sigs.k8s.io/yaml over
 * goyaml.v2's resolve.go): `y`, `on` and their like are booleans, `017` and `0o17` are octal.
 */
import type { ScalarValue } from './tree.ts';

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUES = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSES = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** The value of a scalar written without quotes. */
export function resolvePlainScalar(source: string): ScalarValue {
  if (NULLS.has(source)) return null;
  if (TRUES.test(source)) return true;
  if (FALSES.test(source)) return false;
  return resolveInteger(source.replaceAll('_', '')) ?? resolveFloat(source) ?? source;
}

function resolveInteger(text: string): number | bigint | undefined {
  const match = /^([-+]?)(?:0b([01]+)|0x([0-9a-fA-F]+)|0o?([0-7]+)|([1-9][0-9]*|0))$/.exec(text);
  if (!match) return undefined;
  const [, sign, binary, hex, octal, decimal] = match;
  const digits = binary
    ? `0b${binary}`
    : hex
      ? `0x${hex}`
      : octal
        ? `0o${octal}`
        : (decimal ?? '0');
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function resolveFloat(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  if (FLOAT.test(plain)) return Number(plain);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return undefined;
}
