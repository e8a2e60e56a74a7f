// Every command: id, title, handler. test/contract/package-json.test.ts holds package.json to it.
import type { Command } from './command.ts';
import { copyTimeline } from './copy-timeline.ts';
import { explainRendered } from './explain-rendered.ts';
import { pinPanel } from './pin-panel.ts';
import { restartServer } from './restart-server.ts';
import { showOutput } from './show-output.ts';
import { showPrediction } from './show-prediction.ts';
import { showStoredObject } from './show-stored-object.ts';

export const COMMANDS: readonly Command[] = [
  { id: 'podsage.explainPod', title: 'Explain Pod', run: showPrediction('overview') },
  { id: 'podsage.showLifecycle', title: 'Show Lifecycle', run: showPrediction('lifecycle') },
  { id: 'podsage.showShutdown', title: 'Show Shutdown Order', run: showPrediction('shutdown') },
  {
    id: 'podsage.explainScheduling',
    title: 'Explain Scheduling',
    run: showPrediction('scheduling'),
  },
  { id: 'podsage.explainRendered', title: 'Explain Rendered Manifests…', run: explainRendered },
  { id: 'podsage.showStoredObject', title: 'Show Stored Object', run: showStoredObject },
  { id: 'podsage.copyTimeline', title: 'Copy Timeline', run: copyTimeline },
  { id: 'podsage.pinPanel', title: 'Pin Panel', run: pinPanel },
  { id: 'podsage.restartServer', title: 'Restart Server', run: restartServer },
  { id: 'podsage.showOutput', title: 'Show Output', run: showOutput },
];
