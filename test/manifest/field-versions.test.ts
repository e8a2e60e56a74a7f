import { expect, test } from 'vitest';
import { decodeObject, STRUCTURE } from '../../server/src/manifest/index.ts';
import { fieldInVersion, minorVersion } from '../../server/src/manifest/field-versions.ts';

const pod = {
  spec: { containers: [{ name: 'a', lifecycle: { preStop: { sleep: { seconds: 1 } } } }] },
};

test('a sleep hook is unknown to 1.28, left out by 1.29, kept by 1.30', () => {
  const decode = (version: string) => decodeObject(pod, 'CoreV1Pod', version);
  expect(decode('1.28').strict.map((it) => it.message)).toEqual([
    'unknown field "spec.containers[0].lifecycle.preStop.sleep"',
  ]);
  expect(decode('1.29').strict).toEqual([]);
  expect(JSON.stringify(decode('v1.29.3').object)).not.toContain('sleep');
  expect(JSON.stringify(decode('1.30').object)).toContain('"sleep":{"seconds":1}');
});

test('the newest version and texts that name none know every field', () => {
  expect(minorVersion(undefined)).toBe(36);
  expect(minorVersion('latest')).toBe(36);
  for (const [type, { fields }] of Object.entries(STRUCTURE.types)) {
    for (const name of Object.keys(fields ?? {})) {
      expect(fieldInVersion(type, name, 36)).toBe('kept');
    }
  }
});
