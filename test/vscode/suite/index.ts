// VS Code calls run() inside the extension host. Test files register themselves when imported.
import 'source-map-support/register.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** Generous: the machine may be busy with other things. */
const TIMEOUT_MILLISECONDS = 90_000;

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: TIMEOUT_MILLISECONDS, color: true, slow: 5000 });
  mocha.suite.emit('pre-require', globalThis, 'suite', mocha);
  await import('./extension.test.ts');
  await import('./navigation.test.ts');
  await import('./panel.test.ts');
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run((count) => {
      const { passes: passed = 0, pending: skipped = 0 } = runner.stats ?? {};
      const file = process.env['TEST_RESULTS_FILE'];
      if (file) {
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, JSON.stringify({ passed, failures: count, skipped }));
      }
      resolve(count);
    });
  });
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
