import { describe, expect, it } from 'vitest';
import { findRaces, RULES } from '../../server/src/races/index.ts';
import { analyse } from '../support/analyse.ts';

const idsOf = (text: string) =>
  findRaces(RULES, analyse(text).analysis.prediction, (it) => {
    throw new Error(it);
  }).map(({ rule, finding }) => `${rule.id}: ${finding.message.split(' ')[0]}`);

describe('one finding per cause', () => {
  it('a hook without its program explains the race of its own container, not of the other', () => {
    const found = idsOf(`
apiVersion: apps/v1
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
          image: gcr.io/distroless/static-debian12
          ports: [{ containerPort: 8080 }]
          lifecycle: { preStop: { exec: { command: [/bin/sleep, "15"] } } }
        - name: api
          image: registry.example/api:1
          ports: [{ containerPort: 9090 }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ name: app, port: 80, targetPort: 8080 }, { name: api, port: 81, targetPort: 9090 }]
`);
    expect(found).toContain('exec-prestop-shellless: the');
    expect(found.filter((it) => it.startsWith('no-prestop-endpoint-race'))).toEqual([
      'no-prestop-endpoint-race: api',
    ]);
  });

  it('a budget that allows no eviction is told once, whatever else is wrong with it', () => {
    const budget = (name: string) => `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: ${name} }
spec: { maxUnavailable: 0, selector: { matchLabels: { app: web } } }
---`;
    const found = idsOf(`${budget('a')}${budget('b')}
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: app, image: registry.example/web:1 }] }
`);
    const ofBudgets = found.filter((it) => it.startsWith('pdb-'));
    expect(ofBudgets.map((it) => it.split(':')[0])).toEqual([
      'pdb-blocks-drain',
      'pdb-blocks-drain',
    ]);
  });
});
