import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ORDERED_PLUGINS } from '../../server/src/admission/ordered-plugins.ts';

const folder = new URL('../../server/src/admission/plugins/', import.meta.url);
const files = readdirSync(folder).filter((it) => it.endsWith('.ts'));

/** Upstream's order, pkg/kubeapiserver/options/plugins.go. */
const UPSTREAM_ORDER = [
  'NamespaceLifecycle',
  'LimitRanger',
  'ServiceAccount',
  'PodSecurity',
  'Priority',
  'DefaultTolerationSeconds',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'RuntimeClass',
  'DefaultIngressClass',
  'PodTopologyLabels',
  'MutatingAdmissionPolicy',
  'ValidatingAdmissionPolicy',
  'ResourceQuota',
];

test('every file in plugins/ is one plugin, listed once', async () => {
  const exported: unknown[] = [];
  for (const file of files) {
    const module = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    const plugins = Object.values(module).filter(
      (it) => typeof it === 'object' && it !== null && 'upstream' in it,
    );
    expect(plugins, file).toHaveLength(1);
    exported.push(...plugins);
  }
  expect(new Set(ORDERED_PLUGINS)).toEqual(new Set(exported));
  expect(ORDERED_PLUGINS).toHaveLength(exported.length);
});

test("the plugins are in the API server's order and say which file they follow", () => {
  const names = ORDERED_PLUGINS.map((it) => it.name);
  expect(names).toEqual(UPSTREAM_ORDER.filter((it) => names.includes(it)));
  expect(names.every((it) => UPSTREAM_ORDER.includes(it))).toBe(true);
  for (const it of ORDERED_PLUGINS) expect(it.upstream.path).toMatch(/^(plugin|staging)\/.*\.go$/);
});
