import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PLUGINS } from '../../server/src/scheduling/index.ts';

const folder = path.resolve('server/src/scheduling/plugins');
const files = readdirSync(folder).filter((it) => it.endsWith('.ts'));

describe('the scheduler plugins', () => {
  test('every file holds one plugin of the list, named as the file', () => {
    const named = DEFAULT_PLUGINS.map(({ plugin }) => `${kebab(plugin.name)}.ts`);
    expect([...named].sort()).toEqual([...files].sort());
    expect(new Set(named).size).toBe(named.length);
  });

  test.each(DEFAULT_PLUGINS.map((it) => [it.plugin.name, it] as const))(
    '%s says which file of Kubernetes it follows and has a weight exactly if it scores',
    (_, { plugin, weight }) => {
      expect(plugin.upstream.path).toMatch(/^pkg\/scheduler\/framework\/plugins\/\w+\/(\w+\.go)?$/);
      for (const it of plugin.upstream.omits ?? []) expect(it).not.toBe('');
      expect(weight > 0).toBe(plugin.score !== undefined);
    },
  );

  test.each(files)('%s begins with what it decides', (file) => {
    expect(readFileSync(path.join(folder, file), 'utf8')).toMatch(/^\/\*\*/);
  });

  test('each plugin answers at some point of a cycle', () => {
    const silent = DEFAULT_PLUGINS.filter(
      ({ plugin: it }) =>
        !it.preEnqueue && !it.compare && !it.filter && !it.score && !it.postFilter,
    );
    expect(silent).toEqual([]);
  });
});

function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
