/** The executable: the real terminal, the real exit status. */
import { run } from './main.ts';

process.exitCode = run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
