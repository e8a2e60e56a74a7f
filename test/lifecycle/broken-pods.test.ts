import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  adviseShutdown,
  certify,
  END_CAUSE_NAMES,
  predictShutdown,
  predictStartup,
} from '../../server/src/lifecycle/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';
import { service, world } from './world.ts';

const seconds = fc.oneof(fc.integer({ min: -5, max: 100 }), fc.constantFrom(undefined, 1e12, 0));
const text = fc.constantFrom(
  '',
  'sh',
  '-c',
  'sleep 5; nginx -s quit',
  'nginx:1',
  'sleep',
  '3',
  'x',
);
const some = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined });
const handler = fc.oneof(
  fc.constant({}),
  fc.record({ sleep: fc.record({ seconds }) }),
  fc.record({ exec: fc.record({ command: some(fc.array(text)) }) }),
  fc.record({ httpGet: fc.record({ port: some(fc.constantFrom(80, 'http')), host: some(text) }) }),
  fc.constant({ tcpSocket: { port: 1 } }),
);
const probe = fc.record({
  tcpSocket: some(fc.constant({ port: 1 })),
  exec: some(fc.record({ command: some(fc.array(text)) })),
  initialDelaySeconds: seconds,
  periodSeconds: seconds,
  timeoutSeconds: seconds,
  failureThreshold: seconds,
  successThreshold: seconds,
  terminationGracePeriodSeconds: seconds,
});
const container = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  image: some(text),
  imagePullPolicy: some(fc.constantFrom('Always', 'Never', 'IfNotPresent')),
  command: some(fc.array(text)),
  args: some(fc.array(text)),
  ports: some(fc.array(fc.record({ containerPort: fc.constantFrom(8080, 80), name: some(text) }))),
  restartPolicy: some(fc.constant('Always')),
  lifecycle: some(fc.record({ preStop: some(handler), postStart: some(handler) })),
  livenessProbe: some(probe),
  readinessProbe: some(probe),
  startupProbe: some(probe),
});
const pods = fc.record({
  metadata: fc.record({
    name: fc.constant('p'),
    labels: fc.constantFrom(undefined, { app: 'web' }),
    finalizers: some(fc.array(text)),
    annotations: some(
      fc.dictionary(
        fc.constantFrom('podsage.dev/app.drain-seconds', 'podsage.dev/app.a.on-sigterm', 'x'),
        fc.constantFrom('5', '3-', 'ignore', '', '9-1', '1e9'),
      ),
    ),
  }),
  spec: fc.record({
    terminationGracePeriodSeconds: seconds,
    containers: some(fc.array(container, { maxLength: 3 })),
    initContainers: some(fc.array(container, { maxLength: 3 })),
    volumes: some(fc.array(fc.record({ name: text, csi: some(fc.constant({ driver: 'd' })) }))),
    schedulingGates: some(fc.array(fc.record({ name: text }))),
    tolerations: some(fc.array(fc.record({ key: some(text), tolerationSeconds: seconds }))),
  }),
});

test('no pod, however odd, stops the prediction', () => {
  fc.assert(
    fc.property(pods, (pod) => {
      const input = world(pod as unknown as Pod, [service()]);
      const timelines = [
        predictStartup(input),
        ...END_CAUSE_NAMES.map((it) => predictShutdown(input, it)),
      ];
      for (const timeline of timelines) {
        for (const { window } of timeline.events) {
          expect(window.earliest).toBeLessThanOrEqual(window.latest);
        }
        for (const { first, second } of timeline.expected) timeline.order(first, second);
      }
      adviseShutdown(input);
      certify(input);
    }),
    { numRuns: 60 },
  );
});
