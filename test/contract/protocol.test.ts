import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DESCRIPTIONS,
  FILES,
  PREDICTION_CHANGED,
  REQUESTS,
  STATUS,
} from '../../server/src/protocol/index.ts';

const page = readFileSync('docs/protocol.md', 'utf8');

describe('docs/protocol.md', () => {
  it('has a row for every name that crosses between editor and server, and no other', () => {
    const names = [...Object.values(REQUESTS), FILES, PREDICTION_CHANGED, STATUS, DESCRIPTIONS];
    const rows = [...page.matchAll(/^\| `(podsage\/\w+)`/gm)].map((it) => it[1]);
    expect(new Set(rows)).toEqual(new Set(names));
  });

  it('names every message of the panel', () => {
    const source = readFileSync('server/src/protocol/webview-messages.ts', 'utf8');
    const types = [...source.matchAll(/type: '(\w+)'/g)].map((it) => it[1] ?? '');
    expect(types.length).toBeGreaterThan(8);
    expect(types.filter((it) => !page.includes(`\`${it}\``))).toEqual([]);
  });
});
