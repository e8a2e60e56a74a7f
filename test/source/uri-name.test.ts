import { expect, it } from 'vitest';
import { uriName } from '../../server/src/source/index.ts';

it.each([
  ['file:///shop/web.yaml', 0, 'web.yaml'],
  ['file:///shop/web.yaml', 1, 'shop/web.yaml'],
  ['file:///shop/web%230.yaml', 0, 'web#0.yaml'],
  ['untitled:Untitled-1', 1, 'untitled:Untitled-1'],
  // An editor may hand over a name that is no escaped text.
  ['file:///50%.yaml', 0, '50%.yaml'],
])('%s with %i folders is shown as %s', (uri, folders, name) => {
  expect(uriName(uri, folders)).toBe(name);
});
