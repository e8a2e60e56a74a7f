// Programs of the user's own, run where the editor can: in Node, not in a browser.
import { execFile } from 'node:child_process';

/** Runs a program without a shell and gives what it writes; fails with what it complains of. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  folder: string,
) => Promise<string>;

const TIMEOUT_MILLISECONDS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export const runProgram: RunProgram = (program, args, folder) =>
  new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: TIMEOUT_MILLISECONDS, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim() || error.message, { cause: error }));
      else resolve(stdout);
    });
  });
