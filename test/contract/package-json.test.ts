import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../client/src/commands/index.ts';
import { readSettings } from '../../server/src/lsp/settings.ts';
import { LENS_COMMANDS } from '../../server/src/protocol/index.ts';

interface Manifest {
  readonly main: string;
  readonly browser: string;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { command: string; title: string; category: string }[];
    readonly menus: Readonly<Record<string, readonly { command?: string; submenu?: string }[]>>;
    readonly configuration: {
      readonly properties: Readonly<Record<string, { default?: unknown; type: string }>>;
    };
    readonly grammars: readonly { path: string }[];
  };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { contributes } = manifest;
const settings = Object.entries(contributes.configuration.properties);

describe('package.json', () => {
  it('declares the commands of the table, by id and title', () => {
    const table = COMMANDS.map(({ id, title }) => [id, title, 'Podsage']);
    const declared = contributes.commands.map((it) => [it.command, it.title, it.category]);
    expect(declared).toEqual(table);
  });

  it('has no menu entry for a command that does not exist', () => {
    const ids = COMMANDS.map((it) => it.id);
    const used = Object.values(contributes.menus).flatMap((it) =>
      it.flatMap((x) => x.command ?? []),
    );
    expect(used.filter((it) => !ids.includes(it))).toEqual([]);
  });

  it('declares every command that a code lens may name', () => {
    const ids = COMMANDS.map((it) => it.id);
    expect(Object.values(LENS_COMMANDS).filter((it) => !ids.includes(it))).toEqual([]);
  });

  it('gives every setting a type, a description and a default', () => {
    for (const [name, setting] of settings) {
      expect(setting, name).toHaveProperty('type');
      expect(setting, name).toHaveProperty('default');
      expect(Object.keys(setting).join(), name).toMatch(/description/i);
    }
  });

  it('has the defaults with which the server counts where a client sends none', () => {
    const section: Record<string, unknown> = {};
    for (const [name, setting] of settings) put(section, name.split('.').slice(1), setting.default);
    expect(readSettings(section, undefined)).toEqual(readSettings(undefined, undefined));
  });

  it('names files that exist or that the build writes', () => {
    const built = [manifest.main, manifest.browser].map((it) => path.normalize(it));
    expect(built).toEqual(['dist/extension.js', 'dist/extension.web.js']);
    for (const file of [manifest.icon, ...contributes.grammars.map((it) => it.path)]) {
      expect(existsSync(file), file).toBe(true);
    }
  });
});

function put(section: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key = '', ...rest] = keys;
  if (rest.length === 0) section[key] = value;
  else put((section[key] ??= {}) as Record<string, unknown>, rest, value);
}
