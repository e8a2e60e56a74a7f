/**
 * A full prediction with its races: a pod of three containers and two sidecars behind two Services,
 * and how that grows with the containers.
 */
import { SHUTDOWN_CAUSES } from '../../server/src/prediction/index.ts';
import { Workspace } from '../../server/src/features/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { measure, type Row } from './measure.ts';

const URI = 'file:///bench/pod.yaml';

const container = (name: string, port: number, sidecar: boolean): string => `    - name: ${name}
      image: registry.example/${name}:1
${sidecar ? '      restartPolicy: Always\n' : ''}      ports: [{ name: p${port}, containerPort: ${port} }]
      resources: { requests: { cpu: 10m, memory: 16Mi } }
      readinessProbe: { httpGet: { path: /ready, port: p${port} } }
      livenessProbe: { httpGet: { path: /live, port: p${port} } }
      lifecycle: { preStop: { sleep: { seconds: 5 } } }
`;

const service = (name: string, port: string): string => `---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: ${port} }] }
`;

/** A pod of so many containers behind two Services; `image` makes one text differ from another. */
export function podText(containers: number, sidecars: number, image: number): string {
  const mains = Array.from({ length: containers }, (_, i) =>
    container(`app-${i}`, 8080 + i, false),
  );
  const beside = Array.from({ length: sidecars }, (_, i) => container(`side-${i}`, 9090 + i, true));
  const text = `apiVersion: v1
kind: Pod
metadata: { name: shop, labels: { app: shop } }
spec:
  terminationGracePeriodSeconds: 60
  initContainers:
${beside.join('')}  containers:
${mains.join('')}${service('shop', 'p8080')}${service('admin', 'p9090')}`;
  return text.replace('app-0:1', `app-0:${image}`);
}

/** Rounds until the engine runs compiled: the time of a round still falls by half after the tenth. */
const WARM_UP = 80;

/** Everything a user can ask about the pod, each time for another image of it. */
function predicted(
  containers: number,
  sidecars: number,
  warmUp: number,
): ReturnType<typeof measure> {
  const workspace = new Workspace(() => undefined);
  let image = 0;
  return measure(
    25,
    () => {
      const file = new SourceFile(URI, podText(containers, sidecars, ++image));
      workspace.applyChange([{ uri: URI, file }]);
      const [workload] = workspace.analysis().prediction.workloads;
      for (const cause of SHUTDOWN_CAUSES) workload?.shutdown(cause);
      return [workload?.startup, workload?.scheduling, workspace.diagnostics(URI)];
    },
    warmUp,
  );
}

export function benchPrediction(): readonly Row[] {
  const name = '3 containers, 2 sidecars, 2 Services: all of it';
  const all = predicted(3, 2, WARM_UP);
  const note = `text to races, warm: the median; best ${all.best.toFixed(3)} ms`;
  const rows: Row[] = [{ name, milliseconds: all.median, note }];
  const sizes = [1, 2, 4, 8].map((it) => [it, predicted(it, 2, WARM_UP / 4)] as const);
  const first = sizes[0]?.[1].best ?? 1;
  for (const [containers, took] of sizes) {
    rows.push({
      name: `${containers} containers, 2 sidecars`,
      milliseconds: took.median,
      ratio: took.best / first,
      note: '× one container, best runs',
    });
  }
  return rows;
}
