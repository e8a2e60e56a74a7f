import { array, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { compileCel, fromJson } from '../../server/src/cluster/index.ts';

function evaluate(expression: string, object: unknown = {}): unknown {
  const value = fromJson(object);
  const result = compileCel(expression).run((name) => (name === 'object' ? value : undefined));
  return 'error' in result ? result.error : result.value;
}

test.each([
  "quantity('1.5Gi').compareTo(quantity('1536Mi')) == 0",
  "quantity('200k').asInteger() == 200000",
  "quantity('50k').add(20).sub(quantity('10k')) == quantity('40020')",
  "!isQuantity('1GB') && isQuantity('1e3')",
  "quantity('-1').sign() == -1 && !quantity('50m').isInteger()",
  "ip('192.168.0.1').family() == 4 && ip('::1').isLoopback()",
  "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
  "!isIP('127.0.0.1.0') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0')",
  "cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP('192.168.1.1')",
  "cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16')) && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
  "cidr('::1/24').ip() == ip('::1') && string(cidr('10.0.0.0/8')) == '10.0.0.0/8'",
  "url('https://[::1]:8080/a%20b?k=a&k=b').getHostname() == '::1'",
  "url('https://example.com:80/path?k=a&k=b').getQuery() == {'k': ['a', 'b']}",
  "url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'",
  "isURL('/absolute') && !isURL('relative') && !isURL('http://a b/')",
  "'abc 123'.find('[0-9]+') == '123' && '123 abc 456'.findAll('[0-9]+', 1) == ['123']",
  "'Foo'.matches('(?i)^foo$')",
  '[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [1, 2].isSorted() && [2, 1, 2].lastIndexOf(2) == 2',
  "['b', 'a'].sort() == ['a', 'b'] && [{'n': 2}, {'n': 1}].sortBy(e, e.n)[0].n == 1",
  '[[1], [2, [3]]].flatten() == [1, 2, [3]] && lists.range(3) == [0, 1, 2]',
  "sets.contains(['a', 'b'], ['a']) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])",
  "[1, 2].all(i, v, v == i + 1) && {'a': 1}.exists(k, v, k == 'a' && v == 1)",
  "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2} && [1, 2].transformList(i, v, i > 0, v) == [2]",
  "semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('v1.0', true) && !isSemver('v1.0')",
  "semver('1.0.0-alpha.1').compareTo(semver('1.0.0-alpha.beta')) == -1",
  "!format.dns1123Label().validate('my-name').hasValue() && format.named('uuid').hasValue()",
  "format.dns1123Label().validate('My').value()[0].startsWith('a lowercase RFC 1123 label')",
  'optional.of(1).optMap(v, v + 1).orValue(0) == 2 && [?optional.none(), 1] == [1]',
  "{?'a': optional.none()} == {} && object.?a.?b.orValue('c') == 'c'",
  "'%s is %d of %.1f'.format(['a', 1, 2.0]) == 'a is 1 of 2.0'",
  "timestamp('2024-02-29T12:00:00+02:00').getHours() == 10 && duration('90m').getMinutes() == 90",
  "timestamp('2023-12-31T23:59:59Z') + duration('1s') == timestamp('2024-01-01T00:00:00Z')",
  '[1, 2].first().value() == 1 && ![].last().hasValue()',
  'type(1) == int && type([]) == list && 1 < 1.5 && 1u == 1',
])('%s', (expression) => {
  expect(evaluate(expression)).toBe(true);
});

test.each([
  ['object.a[0].b', 'no such key: a'],
  ['1 / 0', 'division by zero'],
  ['9223372036854775807 + 1', 'integer overflow'],
  ["int('x')", "type conversion error from 'string' to 'int'"],
  ["'a'.startsWith(object.one)", 'no such overload'],
  [
    "quantity('1').isLessThan(object.one)",
    'no such overload: isLessThan(kubernetes.Quantity, int)',
  ],
  [
    "cidr('10.0.0.0')",
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0"): no \'/\'',
  ],
  ["cidr('10.0.0.0/8').containsIP('x')", 'no such overload'],
  ...(
    [
      ['1.2.3.4.5', 'IPv4 address too long'],
      ['1.2.3', 'IPv4 address too short'],
      ['1.2.3.256', 'IPv4 field has value >255'],
      ['1.2.3.04', 'IPv4 field has octet with leading zero'],
      ['1..2.3', 'IPv4 field must have at least one digit (at ".2.3")'],
      ['1.2.3.x', 'unexpected character (at "x")'],
      ['x', 'unable to parse IP'],
      ['%eth0', 'missing IPv6 address'],
      ['fe80::1%', 'zone must be a non-empty string'],
      ['12345::', 'each group must have 4 or less digits (at "12345::")'],
      ['a:::b', 'each colon-separated field must have at least one digit (at ":b")'],
      ['a::b::c', 'multiple :: in address (at ":c")'],
      ['1:2', 'address string too short'],
      ['1:2:', 'colon must be followed by more characters (at ":")'],
      ['1:g', 'each colon-separated field must have at least one digit (at "g")'],
      ['1:2g', 'unexpected character, want colon (at "g")'],
      ['1:2:3:4:5:6:7:8:9', 'trailing garbage after address (at "9")'],
      ['1:2:3:4:5:6:7::8', 'the :: must expand to at least one field of zeros'],
      [
        '1:2:1.2.3.4',
        'embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")',
      ],
    ] as const
  ).map(([ip, why]): [string, string] => [
    `ip('${ip}')`,
    `IP Address "${ip}" parse error during conversion from string: ParseAddr("${ip}"): ${why}`,
  ]),
  [
    "url('http://a:b')",
    'URL parse error during conversion from string: parse "http://a:b": invalid port ":b" after host',
  ],
  ['optional.none().value()', 'optional.none() dereference'],
  ['[1, 2].all(e, e.a)', 'no such key: a'],
  ['[1].all(e, e.all(f, true))', "got 'types.Int', expected iterable type"],
  ['object.one[0]', 'no such key: 0'],
  ['object.one.two', 'no such key: two'],
  ["quantity('1Gk')", "unable to parse quantity's suffix"],
  ["'a'.matches('[')", 'error parsing regexp: missing closing ]: `[`'],
  ["'a'.find('(')", 'Illegal regex: error parsing regexp: missing closing ): `(`'],
  ['[].max()', 'max called on empty list'],
  ["'abc'.substring(2, 1)", 'invalid substring range. start: 2, end: 1'],
])('%s fails with %s', (expression, error) => {
  expect(evaluate(expression, { one: 1 })).toBe(error);
});

test('has() looks behind an index, and at containers that are null', () => {
  const object = { spec: { containers: [{ resources: { limits: null } }] } };
  expect(evaluate('has(object.spec.containers[0].resources.limits)', object)).toBe(true);
  expect(evaluate('has(object.spec.containers[0].image)', object)).toBe(false);
  expect(evaluate('has(object.spec.containers[0].resources.limits.cpu)', object)).toBe(false);
  expect(evaluate('object.spec.?a.?b.hasValue()', object)).toBe(false);
});

test('nothing grows or nests without end', () => {
  const doubled = Array.from({ length: 60 }, () => '[1]').reduce((it) =>
    `[${it}, ${it}].map(x, x)[0]`.slice(0, 4000),
  );
  const plus = `${'1 + '.repeat(50_000)}1`;
  const select = `object${'.a'.repeat(50_000)}`;
  for (const it of [doubled, plus, select, '('.repeat(5000), '!'.repeat(5000)]) {
    expect(() => evaluate(it)).not.toThrow();
  }
  const loop = '[1,2,3,4,5,6,7,8,9,0]';
  const nested = `${loop}.all(a, ${loop}.all(b, ${loop}.all(c, ${loop}.all(d, ${loop}.all(e, ${loop}.all(f, true))))))`;
  expect(evaluate(nested)).toBe('operation cancelled: actual cost limit exceeded');
});

test('no text throws, and the same text gives the same answer', () => {
  const piece = constantFrom(
    'object',
    '.',
    '?',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    'a',
    "'b'",
    '1',
    '-',
    '!',
    '&&',
    '||',
    ' ? ',
    ' : ',
    ',',
    'has',
    'all',
    'map',
    'x',
    ' in ',
    '==',
    '<',
    '+',
    'size',
    'quantity',
    'Object',
    '"',
    '\\',
    '`',
  );
  const text = array(piece, { maxLength: 25 }).map((it) => it.join(''));
  assert(
    property(text, (expression) => {
      expect(String(evaluate(expression))).toBe(String(evaluate(expression)));
    }),
    { numRuns: 3000 },
  );
});
