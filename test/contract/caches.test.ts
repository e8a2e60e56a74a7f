import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

// A finding is kept while what was asked for it has the same answers. A cache that a rule keeps
// itself is filled by the first rule that asks, and hides from the second what it rests on.
it('no rule remembers anything but by `remembered`', () => {
  const folder = 'server/src/races';
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const own = files
    .filter((it) => it.endsWith('.ts'))
    .filter((it) =>
      /\bnew WeakMap\b|^(?:let|var)\b/m.test(readFileSync(`${folder}/${it}`, 'utf8')),
    );
  expect(own).toEqual([]);
});
