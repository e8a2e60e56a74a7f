import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { simulatePod } from '../../../server/src/lifecycle/kubelet/index.ts';
import { container, exec, scenario, sidecar } from './tiny-pod.ts';

const number = fc.oneof(fc.integer({ min: -3, max: 12 }), fc.constantFrom(0, 1e9, Number.NaN));
const seconds = fc.oneof(fc.constantFrom(null, 0, 0.5), fc.integer({ min: -1, max: 9 }));
const command = fc.constantFrom('ok', 'never', 'ready', 'slow 3', 'fail 1', 'sleep 2', 'quit 1');
const handler = command.map((it) => exec(...it.split(' ')));
const probe = fc.record({
  exec: handler.map((it) => it.exec),
  periodSeconds: number,
  initialDelaySeconds: number,
  failureThreshold: number,
  successThreshold: number,
  timeoutSeconds: number,
  terminationGracePeriodSeconds: number,
});
const fields = fc.record(
  {
    lifecycle: fc.record({ preStop: handler, postStart: handler }, { requiredKeys: [] }),
    readinessProbe: probe,
    livenessProbe: probe,
    startupProbe: probe,
  },
  { requiredKeys: [] },
);
const app = fc.record(
  {
    runFor: seconds,
    exitCode: fc.integer({ min: 0, max: 3 }),
    onTerm: fc.constantFrom('ignore', 'exit:1', 'exit:0:143'),
    startDelay: fc.integer({ min: 0, max: 4 }),
  },
  { requiredKeys: [] },
);

test('any pod lives to an end: time never goes back, no container is started twice at once', () => {
  const property = fc.property(
    fields,
    fields,
    app,
    app,
    fc.constantFrom('Always', 'OnFailure', 'Never'),
    number,
    fc.integer({ min: 0, max: 12 }),
    (main, side, mainApp, sideApp, restartPolicy, grace, at) => {
      const entries = simulatePod(
        scenario(
          {
            restartPolicy,
            terminationGracePeriodSeconds: grace,
            initContainers: [sidecar('s', side)],
            containers: [container(main)],
          },
          { apps: { app: mainApp, s: sideApp }, actions: [{ do: 'delete', at }], end: { for: 60 } },
        ),
      );
      let last = 0;
      const running = new Set<string>();
      for (const { t, source, what, container: name = '', detail } of entries) {
        expect(t).toBeGreaterThanOrEqual(last);
        last = t;
        const failed = (detail as { error?: string } | undefined)?.error !== undefined;
        if (source === 'cri' && what === 'StartContainer' && !failed) {
          expect(running.has(name)).toBe(false);
          running.add(name);
        }
        if (source === 'app' && what === 'exit') running.delete(name);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});
