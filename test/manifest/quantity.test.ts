import { expect, test } from 'vitest';
import { storedQuantity } from '../../server/src/manifest/index.ts';

test.each([
  // The server does not look closer at what seems canonical.
  ['+5', '+5'],
  ['1.500', '1.500'],
  ['01Gi', '01Gi'],
  ['5e0', '5e0'],
  ['1E3', '1E3'],
  ['5.', '5.'],
  ['0100m', '0100m'],
  // Anything else becomes canonical.
  ['1.5', '1500m'],
  ['0.500', '500m'],
  ['1000m', '1'],
  ['1.000', '1'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1e2', '100'],
  ['12345678901234567890', '12345678901234567890'],
  ['0m', '0'],
  ['-', '0'],
])('the quantity %s is stored as %s', (text, stored) => {
  expect(storedQuantity(text)).toBe(stored);
});
