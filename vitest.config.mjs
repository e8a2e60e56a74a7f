import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/vscode/**', 'node_modules/**'],
    pool: 'threads',
    testTimeout: 120_000,
  },
});
