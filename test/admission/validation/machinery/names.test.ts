import { describe, expect, test } from 'vitest';
import {
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isPathSegmentName,
  isQualifiedName,
  isRelaxedEnvVarName,
  isValidLabelValue,
  isValidPercent,
  isValidPortName,
  isWildcardDNS1123Subdomain,
  nameIsDNSSubdomain,
  Path,
  validateCidrForLegacyField,
  validateIp,
  validateIpForLegacyField,
  warningsForCidr,
  warningsForIp,
} from '../../../../server/src/admission/validation/machinery/index.ts';

type Rule = (text: string) => readonly string[];
const long = 'a'.repeat(64);

describe('what names may be', () => {
  test.each<[string, Rule, readonly string[], readonly string[]]>([
    ['DNS-1123 label', isDNS1123Label, ['a', '0', 'a-b'], ['', 'A', '-a', 'a-', 'a.b', 'é', long]],
    ['subdomain', isDNS1123Subdomain, ['a', 'a.b', '0.a-1'], ['', 'a..b', '.a', 'a_b', 'a.-b']],
    ['DNS-1035 label', isDNS1035Label, ['a', 'a-0'], ['0a', '', 'a.b', long]],
    ['qualified name', isQualifiedName, ['a', 'A_b.c', 'x.y/Z'], ['', '/a', 'a/', 'a/b/c', 'X/a']],
    ['label value', isValidLabelValue, ['', 'a', 'A.b_c-1'], ['-a', 'a ', 'a/b', long]],
    ['port name', isValidPortName, ['http', 'a-1'], ['', '80', 'A', 'a--b', '-a', 'a'.repeat(16)]],
    ['percentage', isValidPercent, ['0%', '100%'], ['', '%', '1', '-1%', '1.5%']],
    ['environment variable', isRelaxedEnvVarName, ['a b', '1', '-'], ['', 'a=b', 'é', 'a\n']],
    ['config map key', isConfigMapKey, ['a', '.a', 'A_b-1'], ['', '.', '..', '..a', 'a/b']],
    ['wildcard', isWildcardDNS1123Subdomain, ['*.a', '*.a.b'], ['*', 'a', '*.*.a', '*.A']],
    ['path segment', isPathSegmentName, ['a', '', '...'], ['.', '..', 'a/b', '%']],
  ])('%s', (_, rule, good, bad) => {
    expect(good.filter((it) => rule(it).length > 0)).toEqual([]);
    expect(bad.filter((it) => rule(it).length === 0)).toEqual([]);
  });

  test('a name too long and with dots has two faults', () => {
    expect(isDNS1123Label(`${long}.a`)).toEqual([
      'must be no more than 63 characters',
      'must not contain dots',
    ]);
  });

  test('the newer rules count bytes', () => {
    expect(isValidLabelValue(long)).toEqual(['must be no more than 63 bytes']);
    expect(isQualifiedName(long)).toEqual(['name part must be no more than 63 bytes']);
  });

  test('a prefix of generated names may end in a dash', () => {
    expect(nameIsDNSSubdomain('web-', true)).toEqual([]);
    expect(nameIsDNSSubdomain('web-', false)).toHaveLength(1);
  });

  test('no text takes long', () => {
    const hostile = `${'a-'.repeat(100_000)}!`;
    for (const rule of [isDNS1123Subdomain, isQualifiedName, isValidLabelValue, isDNS1035Label]) {
      expect(rule(hostile).length).toBeGreaterThan(0);
    }
  });
});

describe('addresses', () => {
  const path = Path.of('spec');
  test.each([
    ['10.0.0.1', []],
    ['::1', []],
    ['FE80::1', []],
    ['010.0.0.1', ['Invalid value: "010.0.0.1": must not have leading 0s']],
    [
      '::ffff:10.0.0.1',
      ['Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address'],
    ],
    [
      '256.0.0.1',
      [
        'Invalid value: "256.0.0.1": must be a valid IP address,' +
          ' (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
  ])('%s', (text, bodies) => {
    expect(validateIpForLegacyField(path, text).map((it) => it.body)).toEqual(bodies);
  });

  test.each(['1.2.3', '1.2.3.4.5', '1::2::3', ':::', '1:2:3:4:5:6:7', '::g', '1.2.3.4/8', ''])(
    '%j is none',
    (text) => {
      expect(validateIpForLegacyField(path, text)).toHaveLength(1);
    },
  );

  test('are told their canonical form', () => {
    expect(warningsForIp(path, '2001:DB8:0:0:0:0:0:1')).toEqual([
      'spec: IPv6 address "2001:DB8:0:0:0:0:0:1" should be in RFC 5952 canonical format' +
        ' ("2001:db8::1")',
    ]);
    expect(validateIp(path, '2001:DB8::1')[0]?.body).toContain('("2001:db8::1")');
    expect(validateIp(path, '1:0:0:2:0:0:0:3')[0]?.body).toContain('("1:0:0:2::3")');
  });

  test('ranges must have no bits beyond their prefix', () => {
    expect(validateCidrForLegacyField(path, '10.0.0.0/8')).toEqual([]);
    expect(validateCidrForLegacyField(path, '10.0.0.1/8')[0]?.body).toContain('bits set beyond');
    expect(validateCidrForLegacyField(path, '10.0.0.0/33')[0]?.body).toContain('a valid CIDR');
    expect(warningsForCidr(path, '10.0.0.1/8')).toEqual([
      'spec: CIDR value "10.0.0.1/8" is ambiguous in this context' +
        ' (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ]);
  });
});
