import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/races/index.ts';
import { racesOf } from '../support/check-rule.ts';

const database = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 3
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers: [{ name: db, image: "registry.example/db:1", ports: [{ containerPort: 5432 }] }]
---`;
const service = (name: string, fields: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: db }, ${fields} }
---`;
const ports = 'ports: [{ port: 5432 }]';
const peers = service('db', `clusterIP: None, ${ports}`);

describe('the end of a pod of a StatefulSet', () => {
  it.each([
    [
      'is a note for clients of its headless Service, who may mean it by name',
      peers,
      'information',
    ],
    ['is a warning for those of another Service', peers + service('all', ports), 'warning'],
    [
      'is a warning for those of a headless Service that is not its own',
      service('any', `clusterIP: None, ${ports}`),
      'warning',
    ],
  ])('%s', (_, services, severity) => {
    const found = findings('no-prestop-endpoint-race', database + services);
    expect(found.map((it) => it.severity)).toEqual([severity]);
  });

  it('is told of the clients who cannot mean it by name, where there are any', () => {
    const [found] = findings('no-prestop-endpoint-race', database + peers + service('all', ports));
    expect(found?.message).toContain('kube-proxy on every node may send');
  });
});

it('a Service of peers that never forgets does not take the fix from the others', () => {
  const never = service('db', `clusterIP: None, publishNotReadyAddresses: true, ${ports}`);
  const [found] = findings('no-prestop-endpoint-race', database + never + service('all', ports));
  expect(found?.fix).toBe('Sleep 4s before SIGTERM');
});

it('a node left late by the load balancer is a note where a hook of the image may wait for it', () => {
  const balancer = service('all', `type: LoadBalancer, externalTrafficPolicy: Local, ${ports}`);
  const hook = 'lifecycle: { preStop: { exec: { command: [/wait-shutdown] } } }, ports:';
  const severity = (text: string) => findings('etp-local-drain', text).map((it) => it.severity);
  expect(severity(database + balancer)).toEqual(['warning']);
  expect(severity(database.replace('ports:', hook) + balancer)).toEqual(['information']);
});

describe('a port of long connections', () => {
  it.each([
    ['name: grpc', 'warning'],
    ['name: http-grpc', 'information'],
    ['name: http2', 'information'],
    ['name: http2, appProtocol: kubernetes.io/h2c', 'warning'],
  ])('%s: %s, as it may be for other clients, too', (port, severity) => {
    const text = database + service('all', `ports: [{ port: 5432, ${port} }]`);
    expect(findings('grpc-http2-pinned', text).map((it) => it.severity)).toEqual([severity]);
  });
});

it('probes of one port that is not declared are one finding', () => {
  const probe = '{ tcpSocket: { port: 9000 } }';
  const text = database.replace(
    'ports:',
    `readinessProbe: ${probe}, livenessProbe: ${probe}, ports:`,
  );
  expect(findings('probe-port-mismatch', text).map((it) => it.message)).toEqual([
    'db declares 5432, and the liveness and readiness probes ask 9000',
  ]);
});

function findings(id: string, text: string) {
  const rule = RULES.find((it) => it.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return racesOf(rule, text).map(({ finding }) => ({
    severity: finding.severity ?? rule.severity,
    message: finding.message,
    fix: finding.fixes?.[0]?.title,
  }));
}
