import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The editor's own module exists in the editor alone.
  resolve: {
    alias: { vscode: fileURLToPath(new URL('test/support/fake-vscode.ts', import.meta.url)) },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/vscode/**', 'node_modules/**'],
    setupFiles: ['test/support/property-seed.ts'],
    pool: 'threads',
    testTimeout: 120_000,
  },
});
