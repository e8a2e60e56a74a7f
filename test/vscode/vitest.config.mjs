// The UI tests: one VS Code for all of them, one file after another.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/vscode/e2e/**/*.test.ts'],
    globalSetup: ['test/vscode/e2e/global-setup.ts'],
    fileParallelism: false,
    // Generous: the machine may be busy with other things.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // A key or a click can be lost while a loaded machine redraws; what is broken fails twice.
    retry: 1,
  },
});
