/** One edit of a workload, to diagnostics and lenses of its file: an ordinary workspace and a huge file. */
import { Workspace } from '../../server/src/features/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { median, timed, type Row } from './measure.ts';

const pod = (name: string, tag: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
    - name: app
      image: nginx:${tag}
`;

const deployment = (i: number, tag: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web-${i}, namespace: team-${i % 5} }
spec:
  replicas: 2
  selector: { matchLabels: { app: web-${i} } }
  template:
    metadata: { labels: { app: web-${i} } }
    spec:
      terminationGracePeriodSeconds: 40
      containers:
        - name: app
          image: registry.example/web:${tag}
          ports: [{ name: http, containerPort: 8080 }]
          resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { memory: 64Mi } }
          readinessProbe: { httpGet: { path: /, port: 8080 } }
`;

const service = (i: number): string => `apiVersion: v1
kind: Service
metadata: { name: web-${i}, namespace: team-${i % 5} }
spec: { selector: { app: web-${i} }, ports: [{ port: 80, targetPort: http }] }
`;

const node = (i: number): string => `apiVersion: v1
kind: Node
metadata: { name: node-${i}, labels: { topology.kubernetes.io/zone: zone-${i % 3} } }
status: { allocatable: { cpu: "16", memory: 64Gi, pods: "110" } }
`;

const many = (count: number, text: (i: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, i) => text(i));

interface World {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  /** The file that is edited, as it stands after so many edits. */
  readonly uri: string;
  readonly edited: (round: number) => string;
}

const WEB = 'file:///bench/web-7.yaml';
const ordinary: World = {
  name: '100 workloads, 60 Services, 10 nodes',
  files: new Map([
    ['file:///bench/nodes.yaml', many(10, node).join('---\n')],
    ...many(100, (i) =>
      i < 60 ? `${deployment(i, '1')}---\n${service(i)}` : deployment(i, '1'),
    ).map((text, i) => [`file:///bench/web-${i}.yaml`, text] as const),
  ]),
  uri: WEB,
  edited: (round) => `${deployment(7, `2.${round}`)}---\n${service(7)}`,
};

const PODS = 6_250;
const HUGE = 'file:///bench/huge.yaml';
const hugeText = (round: number): string =>
  many(PODS, (i) => pod(`web-${i}`, i === 3_000 ? `2.${round}` : '1')).join('---\n');
const huge: World = {
  name: '6,250 pods in one file of 50,000 lines',
  files: new Map([[HUGE, hugeText(0)]]),
  uri: HUGE,
  edited: (round) => hugeText(round + 1),
};

function bench({ name, files, uri, edited }: World, rounds: number): readonly Row[] {
  const workspace = new Workspace(() => undefined);
  workspace.applyChange(
    [...files].map(([it, text]) => ({ uri: it, file: new SourceFile(it, text) })),
  );
  const analysis = timed(() => workspace.analysis());
  const diagnostics = timed(() => workspace.diagnostics(uri));
  workspace.lenses(uri);
  const answer = median(
    rounds,
    (round) => {
      workspace.applyChange([{ uri, file: new SourceFile(uri, edited(round)) }]);
      return [workspace.diagnostics(uri), workspace.lenses(uri)];
    },
    2,
  );
  return [
    { name, milliseconds: analysis, note: 'the first analysis' },
    { name, milliseconds: diagnostics, note: 'the first diagnostics' },
    { name, milliseconds: answer, note: 'an edit, to diagnostics and lenses' },
  ];
}

export function benchEdits(): readonly Row[] {
  return [...bench(ordinary, 15), ...bench(huge, 7)];
}
