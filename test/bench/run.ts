/**
 * `npm run bench`: medians, and ratios to work of a known size in the same process, so that two
 * machines and two days can be compared. Never a test: time proves nothing on a busy machine.
 * `npm run bench -- scheduling edits` runs some of them.
 */
import { benchAdmission } from './admission.ts';
import { benchEdits } from './edits.ts';
import { fixedLoop, print, type Row } from './measure.ts';
import { benchPanel } from './panel.ts';
import { benchPrediction } from './prediction.ts';
import { benchScheduling } from './scheduling.ts';

const BENCHES: Readonly<
  Record<string, readonly [string, () => readonly Row[] | Promise<readonly Row[]>]>
> = {
  admission: ['Admission, one object (ratio to parsing its YAML)', benchAdmission],
  scheduling: ['Scheduling, one pod (ratio to the fixed loop)', benchScheduling],
  prediction: ['A whole prediction (ratio to the fixed loop)', benchPrediction],
  edits: ['A workspace (ratio to the fixed loop)', benchEdits],
  panel: ['The panel (ratio to the fixed loop)', benchPanel],
};

const wanted = process.argv.slice(2);
const loop = fixedLoop();
console.log(`the fixed loop takes ${loop.toFixed(1)} ms here`);
for (const [name, [title, bench]] of Object.entries(BENCHES)) {
  if (wanted.length === 0 || wanted.includes(name)) print(title, await bench(), loop);
}
