/** The views of `examples/shop`, predicted as an editor with that folder open would. */
import { readdirSync, readFileSync } from 'node:fs';
import { Workspace } from '../../server/src/features/index.ts';
import type { PredictionView } from '../../server/src/protocol/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';

const FOLDER = 'examples';
const ROOT = 'file:///workspace/';

let workspace: Workspace | undefined;

export function exampleWorkspace(): Workspace {
  return (workspace ??= open());
}

/** The first workload of `examples/shop/NAME.yaml`, or of `examples/NAME.yaml` with a folder in it. */
export function exampleView(
  name: string,
  whatIf?: Readonly<Record<string, string>>,
): PredictionView {
  const uri = `${ROOT}${FOLDER}/${name.includes('/') ? '' : 'shop/'}${name}.yaml`;
  const view = exampleWorkspace().prediction(whatIf ? { uri, whatIf } : { uri });
  if (!view) throw new Error(`No workload in ${uri}`);
  // As it arrives in the page.
  return JSON.parse(JSON.stringify(view)) as PredictionView;
}

function open(): Workspace {
  const made = new Workspace(() => {});
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.yaml'))
    .map((it) => `${FOLDER}/${it.replaceAll('\\', '/')}`);
  made.applyChange(
    files.sort().map((it) => {
      const uri = `${ROOT}${it}`;
      return { uri, file: new SourceFile(uri, readFileSync(it, 'utf8')) };
    }),
  );
  return made;
}
