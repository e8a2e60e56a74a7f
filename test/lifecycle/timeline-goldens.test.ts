import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { predictShutdown, predictStartup } from '../../server/src/lifecycle/index.ts';
import type { KubernetesObject } from '../../server/src/manifest/index.ts';
import { timelineText } from './timeline-text.ts';
import { pod, service, world } from './world.ts';

const shop = world(
  pod(
    `
terminationGracePeriodSeconds: 30
volumes: [{name: token, projected: {sources: []}}]
initContainers:
- {name: migrate, image: shop/web:1, command: [/migrate]}
- name: proxy
  image: envoyproxy/envoy:v1
  restartPolicy: Always
  startupProbe: {tcpSocket: {port: 15000}, periodSeconds: 1, failureThreshold: 30}
containers:
- name: web
  image: shop/web:1
  ports: [{containerPort: 8080}]
  readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5}
  livenessProbe: {httpGet: {path: /live, port: 8080}, periodSeconds: 10}
  lifecycle: {preStop: {exec: {command: [sh, -c, 'sleep 3; echo bye']}}}`,
    {
      annotations: {
        'podsage.dev/app.migrate.run-seconds': '1-20',
        'podsage.dev/app.on-sigterm': 'stop-accept-then-drain',
        'podsage.dev/app.drain-seconds': '0-15',
        'podsage.dev/app.proxy.drain-seconds': '0-5',
      },
    },
  ),
  [
    service(),
    {
      kind: 'Ingress',
      metadata: { name: 'shop', namespace: 'default' },
      spec: {
        ingressClassName: 'nginx',
        rules: [{ http: { paths: [{ backend: { service: { name: 'web' } } }] } }],
      },
    } as KubernetesObject,
  ],
);

test.each([
  ['lifecycle-startup', () => predictStartup(shop)],
  ['lifecycle-shutdown', () => predictShutdown(shop, 'drain')],
])('the timeline %s reads as it did', (name, predict) => {
  const file = `test/goldens/${name}.txt`;
  const text = timelineText(predict());
  if (process.env['UPDATE_EXPECT']) writeFileSync(file, text);
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text !== expected) writeFileSync(file.replace('.txt', '-changed.txt'), text);
  expect(text).toBe(expected);
});
