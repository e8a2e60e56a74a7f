/** Runs the command line on files of a folder that is gone afterwards. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Terminal } from '../../server/src/cli/invocation.ts';
import { run } from '../../server/src/cli/main.ts';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface Folder {
  /** The path of a file in the folder. */
  at(name: string): string;
  read(name: string): string;
  /** Arguments that begin with `./` are files of the folder. */
  run(...args: readonly string[]): Ran;
}

/** Writes the files, calls, and takes the folder away. */
export function inFolder(files: Readonly<Record<string, string>>, test: (it: Folder) => void) {
  const root = mkdtempSync(path.join(tmpdir(), 'podsage-'));
  const at = (name: string) => path.join(root, name);
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), text);
    }
    test({
      at,
      read: (name) => readFileSync(at(name), 'utf8'),
      run: (...args) => runCli(args.map((it) => (it.startsWith('./') ? at(it.slice(2)) : it))),
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function runCli(args: readonly string[], more: Partial<Terminal> = {}): Ran {
  let out = '';
  let err = '';
  const status = run(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...more,
  });
  return { status, out, err };
}
