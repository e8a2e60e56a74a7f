import { describe, expect, test } from 'vitest';
import {
  duplicate,
  errorText,
  go,
  goStruct,
  goValue,
  invalid,
  newInvalid,
  notFound,
  notSupported,
  notSupportedText,
  Path,
  required,
  tooFew,
  tooLong,
  tooMany,
} from '../../../../server/src/admission/validation/machinery/index.ts';

const path = Path.of('spec').child('ports').index(1).child('name');

describe('a field error', () => {
  test.each([
    [invalid(path, 'a"b', 'is bad'), 'spec.ports[1].name: Invalid value: "a\\"b": is bad'],
    [invalid(path, 7, ''), 'spec.ports[1].name: Invalid value: 7'],
    [invalid(path, undefined, 'x'), 'spec.ports[1].name: Invalid value: null: x'],
    [
      invalid(path, { b: 1, a: '<' }, 'x'),
      'spec.ports[1].name: Invalid value: {"a":"\\u003c","b":1}: x',
    ],
    [required(path, ''), 'spec.ports[1].name: Required value'],
    [required(path, 'why'), 'spec.ports[1].name: Required value: why'],
    [
      duplicate(path, 'a\u0001\u00e9\u200b'),
      'spec.ports[1].name: Duplicate value: "a\\x01é\\u200b"',
    ],
    [notFound(path, 'v'), 'spec.ports[1].name: Not found: "v"'],
    [
      notSupported(path, 'x', ['A', 'B']),
      'spec.ports[1].name: Unsupported value: "x": supported values: "A", "B"',
    ],
    // An enumerated value has a Go type of its own and prints as JSON; a mere text does not.
    [notSupported(path, '<', []), 'spec.ports[1].name: Unsupported value: "\\u003c"'],
    [notSupportedText(path, '<', []), 'spec.ports[1].name: Unsupported value: "<"'],
    [tooLong(path, 63), 'spec.ports[1].name: Too long: may not be more than 63 bytes'],
    [tooMany(path, 33, 32), 'spec.ports[1].name: Too many: 33: must have at most 32 items'],
    [tooFew(path, 0, 1), 'spec.ports[1].name: Too few: 0: must have at least 1 item'],
  ])('prints as upstream does: %#', (error, text) => {
    expect(errorText(error)).toBe(text);
  });

  test('knows the steps of its path', () => {
    expect(invalid(path, 1, '').path).toEqual(['spec', 'ports', 1, 'name']);
    expect(Path.of('metadata').child('labels').key('a.b/c').toString()).toBe(
      'metadata.labels[a.b/c]',
    );
  });

  test('prints internal structs by their Go names', () => {
    const print = goStruct({
      Name: ['name', go.string],
      AppProtocol: ['appProtocol', go.pointer()],
      Port: ['port', go.int],
    });
    expect(goValue(print, { port: 80 }).text).toBe('{"Name":"","AppProtocol":null,"Port":80}');
  });
});

describe('the message of several errors', () => {
  test('says the same text once, and keeps every cause', () => {
    const error = required(path, '');
    const refusal = newInvalid('Service', 'web', [error, error]);
    expect(refusal.message).toBe('Service "web" is invalid: spec.ports[1].name: Required value');
    expect(refusal.causes).toHaveLength(2);
  });

  test('is a list in brackets where they differ', () => {
    const refusal = newInvalid('Job.batch', 'j', [required(path, ''), required(path, 'b')]);
    expect(refusal.message).toBe(
      'Job.batch "j" is invalid:' +
        ' [spec.ports[1].name: Required value, spec.ports[1].name: Required value: b]',
    );
  });
});
