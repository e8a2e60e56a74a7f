import { describe, expect, test } from 'vitest';
import { readServerYaml } from '../../../server/src/manifest/index.ts';

const read = (text: string) => readServerYaml(text).value;

describe('a plain scalar is what YAML 1.1 makes of it', () => {
  test.each([
    ['y', true],
    ['On', true],
    ['NO', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['', null],
    ['017', 15],
    ['0o17', 15],
    ['08', 8],
    ['0x1F', 31],
    ['-0b11', -3],
    ['1_000', 1000],
    ['12:30:45', '12:30:45'],
    ['2026-01-01', '2026-01-01'],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['1e400', '1e400'],
    ['9223372036854775808', 9223372036854775808n],
    ['18446744073709551616', 18446744073709552000],
    ['"yes"', 'yes'],
    ["'1'", '1'],
    ['!!str 1', '1'],
    ['!!int "0x10"', 16],
    ['!!float 1', 1],
    ['!!binary aGk=', 'hi'],
    ['!custom 1', '1'],
  ])('%s', (text, value) => {
    expect(read(`a: ${text}\n`)).toEqual({ a: value });
  });
});

describe('structure', () => {
  test.each([
    ['a: |\n  x\n   y\n\n  z\n', { a: 'x\n y\n\nz\n' }],
    ['a: >-\n  x\n  y\n\n  z\n', { a: 'x y\nz' }],
    ['a: |2+\n   x\n\nb: 1\n', { a: ' x\n\n', b: 1 }],
    ['a: "x\\\n  y\\u0041\n\n  z"\n', { a: 'xyA\nz' }],
    ["a: 'it''s\n  x'\n", { a: "it's x" }],
    ['a: x\n  y\n', { a: 'x y' }],
    ['- a\n- - b\n  - c\n-\n  d: 1\n', ['a', ['b', 'c'], { d: 1 }]],
    ['a:\n- 1\n- 2\nb: {c: [d: 1, e], f}\n', { a: [1, 2], b: { c: [{ d: 1 }, 'e'], f: null } }],
    ['? a\n: b\n', { a: 'b' }],
    ['a: &x {b: 1}\nc: {<<: *x, d: 2}\n', { a: { b: 1 }, c: { b: 1, d: 2 } }],
    ['{a: 1, <<: [{a: 2, b: 3}, {b: 4}]}\n', { a: 2, b: 3 }],
    ['yes: 1\n1: 2\n1.5: 3\n', { true: 1, 1: 2, '1.5': 3 }],
    ['%YAML 1.1\n--- # c\na: 1\n...\nb: [\n', { a: 1 }],
    ['\ufeffa: 1 # comment\r\nb: 2\r\n', { a: 1, b: 2 }],
  ])('%j', (text, value) => {
    expect(read(text)).toEqual(value);
  });
});

describe('what the server cannot read is refused in its words', () => {
  test.each([
    ['a: b: c\n', 'yaml: mapping values are not allowed in this context'],
    ['\na: b: c\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['\na: @x\n', 'yaml: line 2: found character that cannot start any token'],
    ['\n\ta: 1\n', 'yaml: line 2: found character that cannot start any token'],
    ['\na: "x\n', 'yaml: line 3: found unexpected end of stream'],
    ['\na: *b\n', "yaml: unknown anchor 'b' referenced"],
    ['a: &a [*a]\n', "yaml: anchor 'a' value contains itself"],
    // Upstream forgets to count its parser's lines from 1.
    ['\n\na: [1\n', "yaml: line 3: did not find expected ',' or ']'"],
    ['\n\na: {b: 1\nc: 2}\n', "yaml: line 3: did not find expected ',' or '}'"],
    ['a: 1\n b: 2\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a:\n  - 1\n b: 2\n', 'yaml: line 2: did not find expected key'],
    ['a\nb: 1\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: 1\nb\n', "yaml: line 3: could not find expected ':'"],
    ['{{ x }}: 1\n', 'yaml: invalid map key: map[interface {}]interface {}{"x":interface {}(nil)}'],
    ['a: .inf\n', 'json: unsupported value: +Inf'],
    ['a: \u0000\n', 'yaml: control characters are not allowed'],
    ['a: !!int x\n', 'yaml: cannot decode !!str `x` as a !!int'],
    ['...\n', 'yaml: did not find expected node content'],
    ['~: x\n', 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "x"'],
    [
      '9223372036854775808: [1, ~]\n',
      'unsupported map key of type: uint64, key: 0x8000000000000000,' +
        ' value: []interface {}{1, interface {}(nil)}',
    ],
    ['<<: 1\n', 'yaml: map merge requires map or sequence of maps as the value'],
  ])('%j', (text, message) => {
    expect(readServerYaml(text).fault?.message).toBe(message);
  });
});

test('a key written twice is told with the line of its value; the last counts', () => {
  const { value, duplicates } = readServerYaml('a: 1\nb:\n  c: 1\n  c: 2\na: 3\n');
  expect(value).toEqual({ a: 3, b: { c: 2 } });
  expect(duplicates).toBe(
    'yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map',
  );
});

test('aliases may make a hundred values for each that is written, not more', () => {
  const nested = (levels: number) => {
    let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
    for (let i = 1; i < levels; i++) {
      text += `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(',')}]\n`;
    }
    return readServerYaml(text).fault?.message;
  };
  expect(nested(3)).toBeUndefined();
  expect(nested(4)).toBe('yaml: document contains excessive aliasing');
});

test('a text nested without end is refused', () => {
  expect(readServerYaml('['.repeat(50_000)).fault?.message).toBe(
    'yaml: exceeded max depth of 10000',
  );
});
