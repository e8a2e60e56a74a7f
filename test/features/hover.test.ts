import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

const NODES = readFileSync('examples/cluster/nodes.yaml', 'utf8');
const DESCRIPTIONS = readFileSync('server/src/manifest/descriptions.json', 'utf8');

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 60
      containers:
        - name: app
          image: registry.example/web:1
          ports: [{ name: http, containerPort: 8080 }]
          resources:
            requests: { cpu: 500m, memory: 256Mi }
            limits: { memory: 512Mi }
          readinessProbe:
            httpGet: { path: /, port: http }
            periodSeconds: 5
          lifecycle:
            preStop:
              sleep:
                seconds: 30
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: http
`;
const BUDGET = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec:
  minAvailable: 3
  selector: { matchLabels: { app: web } }
`;
const INGRESS = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: web, port: { number: 80 } } }
`;
const WORLD = [WEB, SERVICE, BUDGET, INGRESS].join('---\n');

/** The hover in a world of three nodes, one of them tainted, with the cursor in front of a text. */
function hoverAt(before: string, world = WORLD): string {
  expect(world).toContain(before);
  const { workspace, fixture } = analyse(
    `#- nodes.yaml\n${NODES}\n#- web.yaml\n${world.replace(before, `$0${before}`)}`,
  );
  workspace.useDescriptions(DESCRIPTIONS);
  const { uri, offset } = fixture.cursor ?? { uri: '', offset: 0 };
  return workspace.hover(uri, offset)?.markdown ?? '';
}

describe('a hover', () => {
  it('tells what follows, then what is stored, then what the API says', () => {
    const text = hoverAt('readinessProbe');
    const order = ['Taken out of the endpoints after 3 failed tries', 'The server adds:', '---'];
    const places = order.map((it) => text.indexOf(it));
    expect(places.every((it) => it > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(text).toContain('- `failureThreshold: 3` (defaulting)');
  });

  it('at the kind or the name tells all answers in short', () => {
    for (const text of [hoverAt('kind: Deployment'), hoverAt('web }\nspec:\n  replicas')]) {
      expect(text).toContain('- ✓ **Admission** accepted · ');
      expect(text).toMatch(/- ✓ \*\*Scheduling\*\* runs on node-/);
      expect(text).toContain('- ✓ **Shutdown** every order holds');
    }
  });

  it('at the kind of a Service tells its endpoints', () => {
    expect(hoverAt('kind: Service')).toContain('3 endpoints: ');
  });

  it('tells what our annotations mean', () => {
    const world = WEB.replace(
      '{ labels: { app: web } }',
      '{ labels: { app: web }, annotations: { podsage.dev/app.drain-seconds: "0-10" } }',
    );
    expect(hoverAt('podsage.dev/app', world)).toContain(
      'Tells Podsage from SIGTERM until the process exits, while there are connections. Values: seconds',
    );
  });

  it('at the beginning of a key is about that key, not about what ends there', () => {
    expect(hoverAt('spec:\n  replicas')).toMatch(/^\*\*`spec`\*\*/);
  });

  it('tells when a Job that always fails tries again, and when it gives up', () => {
    const spec = (policy: string) => `{
        backoffLimit: 2, activeDeadlineSeconds: 900,
        template: { spec: { restartPolicy: ${policy}, containers: [{ name: work, image: "work:1" }] } } }`;
    const job = `apiVersion: batch/v1\nkind: Job\nmetadata: { name: work }\nspec: ${spec('Never')}`;
    expect(hoverAt('backoffLimit', job)).toContain(
      'pods are made at 0s, 10s, 30s, and after 31s the Job is Failed (BackoffLimitExceeded).',
    );
    const cron = `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: work }\nspec: { schedule: "@hourly", jobTemplate: { spec: ${spec('OnFailure')} } }`;
    expect(hoverAt('activeDeadlineSeconds', cron)).toContain(
      'it is restarted at 0s, 10s, and after 11s the Job deletes the pod and is Failed',
    );
  });

  it.each([
    ['replicas: 3', '3 of 3 pods find a node: '],
    ['replicas: 3', 'never fewer than 3 Ready, never more than 4 pods'],
    ['selector: { matchLabels', 'Matches the labels of its own pods, and no others.'],
    ['labels: { app: web }', 'Selected by Service `web`.'],
    ['terminationGracePeriodSeconds', 'SIGKILL at 1m to 1m 0.7s if it has not exited'],
    [
      'terminationGracePeriodSeconds',
      '- safe: app has answered all new requests before it is killed: holds by',
    ],
    ['preStop', 'The kubelet sleeps 30s; the image needs nothing for it.'],
    ['preStop', 'reaches a closed listener of app when the pod is deleted, because'],
    ['image: registry', 'Pulled only where the node does not have it yet.'],
    ['ports: [{ name: http', '- Service `web`: 80 → http (8080)'],
    ['requests: { cpu', 'Rules out none of 3 nodes.'],
    ['requests: { cpu', 'The pod requests 500m CPU, 256Mi of memory. 11 more copies fit ('],
    ['limits: { memory', 'Killed (OOMKilled) when it uses more than 512Mi. QoS class Burstable'],
    ['selector:\n    app', 'Selects:\n- Deployment `web` (3 pods)'],
    ['targetPort', '- 80 → http (8080) of 3 pods'],
    ['minAvailable', 'No eviction is allowed while all 3 pods are healthy'],
    ['minAvailable', 'the drain of node-'],
    ['host: shop.example', '3 pods answer'],
  ])('on %j says %j', (before, said) => {
    expect(hoverAt(before)).toContain(said);
  });

  it('names the nodes that a selector leaves, and why it does not leave the others', () => {
    const world = WEB.replace('      containers:', '      nodeSelector: { disktype: ssd }\n$&');
    expect(hoverAt('nodeSelector', world)).toContain(
      'Leaves 1 of 3 nodes: `node-a`. Ruled out:\n' +
        '- The pod wants a node with the label disktype=ssd; node-b has no label disktype.\n' +
        '- The pod wants a node with the label disktype=ssd; node-gpu has no label disktype.',
    );
  });

  it('on tolerations names the taints that are left', () => {
    const world = WEB.replace(
      '      containers:',
      '      tolerations: [{ key: dedicated, operator: Exists, effect: NoExecute }]\n$&',
    );
    expect(hoverAt('tolerations', world)).toContain('node-gpu has the taint dedicated=gpu');
    const tolerated = world.replace('NoExecute', 'NoSchedule');
    expect(hoverAt('tolerations', tolerated)).toContain('Rules out none of 3 nodes.');
  });

  it('on a selector that selects nobody names the nearest pod', () => {
    const world = [WEB, SERVICE.replace('    app: web', '    app: wep')].join('---\n');
    expect(hoverAt('app: wep', world)).toMatch(
      /No endpoints: The selector matches no pod; the nearest is web-.*: its app is web, not wep\./,
    );
    expect(hoverAt('labels: { app: web }', world)).toContain(
      '- Service web selects no pod; it asks for app: wep, and this pod has web',
    );
  });

  it('on a port name that no pod has says so', () => {
    const world = [WEB, SERVICE.replace('targetPort: http', 'targetPort: https')].join('---\n');
    expect(hoverAt('targetPort', world)).toContain('No pod has a TCP port named https; web-');
  });

  it('on an autoscaler tells its bounds', () => {
    const autoscaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 2
  maxReplicas: 6
`;
    const world = [WEB, autoscaler].join('---\n');
    expect(hoverAt('maxReplicas', world)).toContain('keeps web between 2 and 6 replicas');
    expect(hoverAt('replicas: 3', world)).toContain('keeps web between 2 and 6 replicas');
  });

  it('says what is proved once it is known how the app stops', () => {
    const world = WORLD.replace(
      '    metadata: { labels: { app: web } }\n    spec',
      "    metadata: { labels: { app: web }, annotations: { podsage.dev/app.on-sigterm: drain-then-stop, podsage.dev/app.drain-seconds: '0-10' } }\n    spec",
    );
    expect(hoverAt('terminationGracePeriodSeconds', world)).toMatch(
      /Safe by [\d.]+s: no request that app has accepted is cut by SIGKILL, because\n- /,
    );
  });

  it('on an expression that does not compile says that the policy is refused', () => {
    const policy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: few }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }
  validations:
    - expression: objekt.spec.replicas < 4
`;
    const world = [WEB, policy].join('---\n');
    expect(hoverAt('objekt.spec', world)).toContain(
      "The server refuses the policy: compilation failed: ERROR: <input>: undeclared reference to 'objekt'",
    );
    const right = world.replace('objekt', 'object');
    expect(hoverAt('object.spec', right)).not.toContain('refuses');
  });

  it('in podsage.yaml tells what a parameter stands for, and its bounds', () => {
    const { workspace, fixture } = analyse(
      `#- podsage.yaml\nparameters:\n  $0p.eps: [0.5, 3]\n#- web.yaml\n${WEB}`,
    );
    const { uri, offset } = fixture.cursor ?? { uri: '', offset: 0 };
    expect(workspace.hover(uri, offset)?.markdown).toContain(
      'the EndpointSlice controller writes the change of a pod into the slice: 0.5s to 3s',
    );
  });
});
