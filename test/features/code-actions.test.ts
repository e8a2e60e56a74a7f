import { describe, expect, it } from 'vitest';
import { SourceFile } from '../../server/src/source/index.ts';
import { analyse } from '../support/analyse.ts';
import { applied } from '../support/check-rule.ts';

const SERVED = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: registry.example/web:1
          ports: [{ containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
`;

/** The text after the first action with such a title. */
function afterAction(text: string, title: RegExp): string {
  const { workspace, fixture } = analyse(text);
  const uri = fixture.files[0]?.uri ?? '';
  const clean = fixture.files[0]?.text ?? '';
  const all = { start: 0, end: clean.length };
  const action = workspace.actions(uri, all).find((it) => title.test(it.title));
  if (!action) throw new Error(`no action ${title}`);
  let result = clean;
  for (const { range, newText } of [...action.edits].toReversed()) {
    result = result.slice(0, range.start) + newText + result.slice(range.end);
  }
  workspace.applyChange([{ uri, file: new SourceFile(uri, result) }]);
  return result;
}

describe('quick fixes', () => {
  it('write the hook into the container, below what is there', () => {
    expect(afterAction(SERVED, /^Sleep/)).toContain(`          ports: [{ containerPort: 8080 }]
          lifecycle:
            preStop:
              sleep:
                seconds: 4
`);
  });

  it('write an ignore comment above the line, indented like it', () => {
    expect(afterAction(SERVED, /^Ignore no-prestop/)).toContain(
      '        # podsage-ignore no-prestop-endpoint-race: say why this is fine\n        - name: app\n',
    );
  });
});

describe('quick fixes that move things', () => {
  /** What each file is after the first action with such a title. */
  function filesAfter(text: string, title: RegExp): readonly string[] {
    const { workspace, fixture } = analyse(text);
    const actions = fixture.files.flatMap(({ uri, text: { length } }) =>
      workspace.actions(uri, { start: 0, end: length }),
    );
    const action = actions.find((it) => title.test(it.title));
    if (!action) throw new Error(`no action ${title}`);
    return fixture.files.map((file) =>
      applied(
        file.text,
        action.edits.filter((it) => it.uri === file.uri),
      ),
    );
  }

  it('write a new name wherever the old one stands, in each file', () => {
    const [config, workloads] = filesAfter(
      `#- config.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web # of the shop
data: { LEVEL: info }
#- web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      volumes: [{ name: config, configMap: { name: web } }]
      containers:
        - name: app
          image: registry.example/web:1
          envFrom: [{ configMapRef: { name: web } }]
`,
      /^Rename ConfigMap web to web-v1/,
    );
    expect(config).toContain('  name: web-v1 # of the shop\n');
    expect(config).toContain('immutable: true\n');
    expect(workloads).toContain('configMap: { name: web-v1 }');
    expect(workloads).toContain('configMapRef: { name: web-v1 }');
    expect(workloads).toContain('kind: Deployment\nmetadata: { name: web }');
  });

  it('are not offered for a name that something else uses, too', () => {
    const rename = () =>
      filesAfter(
        `${SERVED.replace('ports:', 'envFrom: [{ secretRef: { name: tls } }]\n          ports:')}---
apiVersion: v1
kind: Secret
metadata: { name: tls }
stringData: { A: b }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec:
  tls: [{ hosts: [web.example], secretName: tls }]
  defaultBackend: { service: { name: web, port: { number: 80 } } }
`,
        /^Rename Secret/,
      );
    expect(rename).toThrow('no action');
  });

  it('keep the comments of a container that becomes a sidecar', () => {
    const [text] = filesAfter(
      `#- job.yaml
apiVersion: batch/v1
kind: Job
metadata: { name: work }
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: work
        image: registry.example/work:1
      # speaks to the mesh
      - name: proxy
        image: envoyproxy/envoy:v1.30.0 # pinned
`,
      /^Make proxy a native sidecar$/,
    );
    expect(text).toContain(`      initContainers:
      # speaks to the mesh
      - name: proxy
        image: envoyproxy/envoy:v1.30.0 # pinned
        restartPolicy: Always
      containers:
      - name: work
        image: registry.example/work:1
`);
  });

  it('put what waits in the init containers with what it needs', () => {
    const [text] = filesAfter(
      `#- web.yaml
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  volumes: [{ name: tools, emptyDir: {} }]
  containers:
    - name: app
      image: registry.example/web:1
      env:
        - { name: DB, value: db.shop } # the primary
      volumeMounts: [{ name: tools, mountPath: /tools }]
      readinessProbe: { tcpSocket: { port: 80 } }
      lifecycle:
        preStop: { sleep: { seconds: 5 } }
        postStart:
          exec:
            command: [sh, -c, 'until nc -z $DB 5432; do sleep 1; done']
`,
      /^Wait for db.shop in an init container$/,
    );
    expect(text).toContain(`  initContainers:
    - name: wait-for-db-shop
      image: registry.example/web:1
      command: [sh, -c, 'until nc -z $DB 5432; do sleep 1; done']
      env:
        - { name: DB, value: db.shop } # the primary
      volumeMounts: [{ name: tools, mountPath: /tools }]
  containers:
`);
    expect(text?.endsWith('lifecycle:\n        preStop: { sleep: { seconds: 5 } }\n')).toBe(true);
  });
});

describe('a pod that fits nowhere', () => {
  const POD = `apiVersion: v1
kind: Node
metadata: { name: gpu }
spec:
  taints: [{ key: dedicated, value: gpu, effect: NoSchedule }]
status:
  allocatable: { cpu: "4", memory: 8Gi, pods: "10" }
---
apiVersion: v1
kind: Pod
metadata: { name: model }
spec:
  containers:
    - name: app
      image: registry.example/model:1
`;

  it('is given the toleration that lets it in, and then it fits', () => {
    const after = afterAction(POD, /^Add a toleration/);
    expect(after).toContain('  tolerations:\n    - key: dedicated\n');
    const { workspace, fixture } = analyse(after);
    const codes = workspace.diagnostics(fixture.files[0]?.uri ?? '').map((it) => it.code);
    expect(codes).not.toContain('unschedulable');
  });
});
