import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/races/index.ts';
import { racesOf } from '../support/check-rule.ts';

function severities(id: string, text: string): readonly string[] {
  const rule = RULES.find((it) => it.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return racesOf(rule, text).map(({ finding }) => finding.severity ?? rule.severity);
}

const node = (name: string, more = '') => `---
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { kubernetes.io/hostname: ${name} } }
status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
${more}
`;

const service = (more = '', port = 'port: 80') => `---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ ${port} }], ${more} }
`;

const workload = (kind: string, spec = '', container = '') => `---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: web }
spec:
  ${spec}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: registry.example/web:1
          ${container}
`;

const autoscaler = (min: number, max: number) => `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: ${min}
  maxReplicas: ${max}
`;

const budget = (spec: string) => `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { ${spec}, selector: { matchLabels: { app: web } } }
`;

describe('internalTrafficPolicy Local', () => {
  const local = service('internalTrafficPolicy: Local');
  it.each([
    ['one pod on two declared nodes', workload('Deployment') + node('a') + node('b'), ['error']],
    ['one pod on assumed nodes', workload('Deployment'), ['warning']],
    [
      'one pod and one node for workloads',
      workload('Deployment') +
        node('a') +
        node('b', 'spec: { taints: [{ key: control-plane, effect: NoSchedule }] }'),
      [],
    ],
    ['a DaemonSet that deletes first', workload('DaemonSet'), ['warning']],
  ])('%s', (_, world, expected) => {
    expect(severities('itp-local-no-endpoint', local + world)).toEqual(expected);
  });
});

describe('the lower bound of an autoscaler', () => {
  it.each([
    ['that a budget keeps whole blocks drains', 2, 'minAvailable: 2', ['error']],
    ['of one pod, of which half rounds up to all', 1, 'minAvailable: 50%', ['error']],
    ['of two pods, of which half may go', 2, 'minAvailable: 50%', []],
    ['whose budget spares one', 1, 'maxUnavailable: 1', ['information']],
  ])('%s', (_, min, spec, expected) => {
    const text = workload('Deployment') + service() + autoscaler(min, 5) + budget(spec);
    expect(severities('hpa-min-one', text)).toEqual(expected);
  });

  it('whose budget spares none is the other rule’s word', () => {
    const text =
      workload('Deployment') + service() + autoscaler(3, 5) + budget('maxUnavailable: 0');
    expect(severities('hpa-min-one', text)).toEqual([]);
    expect(severities('pdb-blocks-drain', text)).toEqual(['error']);
  });

  it('counts as the replicas of a rollout', () => {
    const spec = 'strategy: { rollingUpdate: { maxUnavailable: 1 } }';
    const one = workload('Deployment', spec) + service() + autoscaler(1, 5);
    const two = workload('Deployment', spec) + service() + autoscaler(2, 5);
    expect(severities('rollout-drops-all-replicas', one)).toEqual(['warning']);
    expect(severities('rollout-drops-all-replicas', two)).toEqual([]);
  });

  it('does not count where replicas 0 switches it off', () => {
    const text = workload('Deployment', 'replicas: 0') + autoscaler(1, 5);
    expect(severities('hpa-replicas-conflict', text)).toEqual([]);
  });
});

describe('a rollout that deletes all pods', () => {
  const spec = 'replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 2 } }';
  const lines = spec.replace(', strategy', '\n  strategy');
  it('is an outage for certain where the old pods stop long before the new are Ready', () => {
    const slow = 'readinessProbe: { initialDelaySeconds: 60, tcpSocket: { port: 80 } }';
    const text = workload('Deployment', lines, slow) + service();
    expect(severities('rollout-drops-all-replicas', text)).toEqual(['error']);
  });

  it('may be one where both take about as long', () => {
    const text = workload('Deployment', lines) + service();
    expect(severities('rollout-drops-all-replicas', text)).toEqual(['warning']);
  });
});

describe('a Service whose protocol differs from its pods', () => {
  const udp = 'ports: [{ name: dns, containerPort: 53, protocol: UDP }]';
  it.each([
    ['has no endpoint for a named port', 'port: 53, targetPort: dns', ['error']],
    ['forwards a number to nobody', 'port: 53', ['warning']],
    ['is right', 'port: 53, targetPort: dns, protocol: UDP', []],
  ])('%s', (_, port, expected) => {
    const text = workload('Deployment', '', udp) + service('', port);
    expect(severities('service-protocol-mismatch', text)).toEqual(expected);
  });
});
