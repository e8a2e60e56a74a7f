import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Workspace } from '../../server/src/features/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';

const deployment = (name: string, app: string, image: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${app} } }
  template:
    metadata: { labels: { app: ${app} } }
    spec:
      containers:
        - name: app
          image: registry.example/${name}:${image}
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http } }
${more}`;
const pod = (name: string, more = '') => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  containers:
    - name: app
      image: registry.example/${name}:1
${more}`;
const service = (name: string, app: string, more = '') => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app: ${app} }
  ports: [{ port: 80, targetPort: http }]
${more}`;
const node = (name: string, cpu: string, more = '') => `apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { kubernetes.io/hostname: ${name}, topology.kubernetes.io/zone: ${name} } }
${more}status: { allocatable: { cpu: "${cpu}", memory: 8Gi, pods: "20" } }
`;
const REQUESTS = '          resources: { requests: { cpu: 700m }, limits: { cpu: 900m } }\n';
const PRESTOP = '          lifecycle: { preStop: { sleep: { seconds: 20 } } }\n';
const SPREAD = `      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector: { matchLabels: { app: web } }
`;
const limits = (cpu: string) => `apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [{ type: Container, max: { cpu: "${cpu}" }, defaultRequest: { cpu: 100m } }] }
`;
const quota = (pods: string) => `apiVersion: v1
kind: ResourceQuota
metadata: { name: quota }
spec: { hard: { pods: "${pods}" } }
`;
const budget = (least: number) => `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: ${least}, selector: { matchLabels: { app: web } } }
`;
const claim = (mode: string) => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [${mode}], resources: { requests: { storage: 1Gi } } }
`;
const mesh = (labels: string) => `apiVersion: v1
kind: Namespace
metadata: { name: default, labels: { ${labels} } }
`;
const CLAIMS = '  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]\n';

/** What each file may hold: an edit is a change from one text to another; an empty one is gone. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'web.yaml': [
    deployment('web', 'web', '1'),
    deployment('web', 'web', '2'),
    `# moved down\n\n${deployment('web', 'web', '1')}`,
    deployment('web', 'web', '1', PRESTOP),
    deployment('web', 'web', '1', REQUESTS + SPREAD),
    deployment('web', 'shop', '1', REQUESTS),
    deployment('web', 'web', '1', '          lifecycle: { preStop: { sleep: { seconds: 90 } } }\n'),
    '',
  ],
  'pods.yaml': [
    [pod('a'), pod('b')].join('---\n'),
    [pod('a', '  terminationGracePeriodSeconds: 5\n'), pod('b')].join('---\n'),
    [pod('b'), pod('a')].join('---\n'),
    [pod('a', CLAIMS), pod('b', CLAIMS), pod('web')].join('---\n'),
    [pod('a', '  nodeName: one\n'), pod('b', '  priorityClassName: high\n')].join('---\n'),
    [pod('a', '      resources: { requests: { cpu: 3 } }\n'), pod('b')].join('---\n'),
    [pod('a', '      ports: [{ containerPort: 80, hostPort: 80 }]\n'), pod('b')].join('---\n'),
    [pod('a', '  containres: []\n'), pod('b')].join('---\n'),
    '',
  ],
  'services.yaml': [
    service('web', 'web'),
    service('web', 'wbe'),
    service('web', 'a', '  publishNotReadyAddresses: true\n'),
    [service('web', 'web'), service('other', 'b', '  clusterIP: None\n')].join('---\n'),
    service('web', 'web').replace('targetPort: http', 'targetPort: 8080'),
    '',
  ],
  'nodes.yaml': [
    '',
    node('one', '4'),
    [node('one', '1'), node('two', '2')].join('---\n'),
    [node('one', '4'), node('two', '4')].join('---\n'),
    [
      node('one', '4', 'spec: { taints: [{ key: a, effect: NoSchedule }] }\n'),
      node('two', '4'),
    ].join('---\n'),
  ],
  'limits.yaml': ['', limits('800m'), limits('2'), quota('1'), quota('9'), mesh('a: b')],
  'more.yaml': [
    '',
    budget(1),
    budget(2),
    claim('ReadWriteOnce'),
    claim('ReadWriteOncePod'),
    mesh('istio-injection: enabled'),
    `${budget(2)}---\n${claim('ReadWriteOncePod')}`,
  ],
  'podsage.yaml': [
    '',
    'world: closed\n',
    'profile: stressed\n',
    'kubernetesVersion: "1.28"\n',
    'rules: { no-prestop-endpoint-race: off }\n',
  ],
};

const uriOf = (name: string) => `file:///w/${name}`;

/** All that a user is told. */
function told(workspace: Workspace) {
  const names = Object.keys(FILES);
  return names.map((name) => {
    const uri = uriOf(name);
    return {
      name,
      diagnostics: workspace.check(uri, name),
      lenses: workspace.lenses(uri),
      hints: workspace.hints(uri, { start: 0, end: 1_000_000 }),
      views: workspace.views(uri),
    };
  });
}

const edit = fc
  .constantFrom(...Object.keys(FILES))
  .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(FILES[name] ?? []))));

function change(name: string, text: string) {
  const uri = uriOf(name);
  return { uri, file: text === '' ? undefined : new SourceFile(uri, text) };
}

/** Applies edits one after the other and compares every answer with that of a new workspace. */
function follows(first: readonly string[], edits: readonly (readonly [string, string])[]): void {
  const log: string[] = [];
  const incremental = new Workspace((message) => log.push(message));
  const texts = new Map(Object.keys(FILES).map((name, i) => [name, first[i] ?? '']));
  incremental.applyChange([...texts].map(([name, text]) => change(name, text)));
  told(incremental);
  for (const [name, text] of edits) {
    texts.set(name, text);
    incremental.applyChange([change(name, text)]);
    const fresh = new Workspace(() => undefined);
    // In the order the files first came, as a workspace keeps them.
    const order = incremental.uris.map((uri) => uri.replace(/^.*\//, ''));
    fresh.applyChange(order.map((it) => change(it, texts.get(it) ?? '')));
    expect(told(incremental)).toEqual(told(fresh));
  }
  expect(log).toEqual([]);
}

const FIRST = Object.values(FILES).map(([text = '']) => text);

it('after any edits every answer is that of a workspace which never saw another text', () => {
  const start = fc.tuple(...Object.values(FILES).map((texts) => fc.constantFrom(...texts)));
  fc.assert(fc.property(start, fc.array(edit, { minLength: 1, maxLength: 6 }), follows), {
    numRuns: Number(process.env['INCREMENTAL_RUNS'] ?? 6),
  });
}, 240_000);

it('an edit of any one file is seen by every workload it concerns', () => {
  for (const [name, texts] of Object.entries(FILES)) {
    follows(
      FIRST,
      texts.map((text) => [name, text] as const),
    );
  }
}, 240_000);
