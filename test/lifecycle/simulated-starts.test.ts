/**
 * The startup timeline held against the simulated kubelet: whatever pod is made, with its apps'
 * behaviour declared, what the simulated kubelet does lies in the predicted windows.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventId, predictStartup } from '../../server/src/lifecycle/index.ts';
import { simulatePod, type TraceEntry } from '../../server/src/lifecycle/kubelet/index.ts';
import { timings } from '../../server/src/lifecycle/kubelet/timing.ts';
import { container, exec, scenario, sidecar } from './kubelet/tiny-pod.ts';
import { pod, service, world } from './world.ts';

/** The simulated kubelet's own pace; pods are bound at creation and have no volumes. */
const NO_LATENCY = {
  profile: 'lab',
  parameters: {
    'p.client': '0',
    'p.auth': '0',
    'p.sandbox': '0-0.1',
    'p.create': '0-0.1',
    'p.mount': '0-0.4',
    'p.watch': '0-0.1',
    'p.status': '0-0.4',
    'p.eps': '0-0.1',
  },
} as const;
const SLACK = 0.15;
const NEVER = { earliest: NaN, latest: NaN };

/** A probe of the app's `ready`, patient enough for every boot; undefined for none. */
const probe = fc.option(
  fc
    .record({ periodSeconds: fc.integer({ min: 1, max: 4 }), initialDelaySeconds: fc.nat(3) })
    .map((it) => ({ ...it, ...exec('ready'), failureThreshold: 30 })),
  { nil: undefined },
);
/** Seconds from the start to being ready. */
const app = fc.record({
  boot: fc.constantFrom(0, 0.4, 1.7, 5),
  startupProbe: probe,
  readinessProbe: probe,
});
const runs = fc.constantFrom(0, 0.3, 1.2, 4);

function fieldsOf({
  startupProbe,
  readinessProbe,
}: {
  startupProbe?: object;
  readinessProbe?: object;
}) {
  return JSON.parse(JSON.stringify({ startupProbe, readinessProbe })) as Record<string, unknown>;
}

function momentsOf({ source, what, container: name, t, detail }: TraceEntry) {
  const { type, status, ready } = (detail ?? {}) as Record<string, unknown>;
  if (source === 'cri' && what === 'StartContainer') return [{ id: eventId('started', name), t }];
  if (what === 'condition' && type === 'Ready' && status === 'True') {
    return [{ id: eventId('ready'), t }];
  }
  return source === 'endpoints' && ready === true ? [{ id: eventId('slice-ready', 'web'), t }] : [];
}

test('what the simulated kubelet does to any new pod lies in the predicted windows', () => {
  const property = fc.property(
    fc.record({ a: app, b: app, s: app }),
    fc.record({ before: runs, after: runs }),
    fc.nat(47),
    (apps, inits, index) => {
      const spec = {
        nodeName: 'n1',
        containers: [
          container({ name: 'a', ...fieldsOf(apps.a) }),
          container({ name: 'b', ...fieldsOf(apps.b) }),
        ],
        initContainers: [
          container({ name: 'before' }),
          sidecar('s', fieldsOf(apps.s)),
          container({ name: 'after' }),
        ],
      };
      const behaviour = {
        ...Object.fromEntries(
          Object.entries(apps).map(([it, { boot }]) => [it, { startDelay: boot }]),
        ),
        ...Object.fromEntries(Object.entries(inits).map(([it, runFor]) => [it, { runFor }])),
      };
      const annotations = Object.fromEntries([
        ...Object.entries(apps).flatMap(([name, { boot }]) => [
          [`podsage.dev/app.${name}.listen-seconds`, String(boot)],
          [`podsage.dev/app.${name}.ready-seconds`, String(boot)],
        ]),
        ...Object.entries(inits).map(([it, runFor]) => [
          `podsage.dev/app.${it}.run-seconds`,
          String(runFor),
        ]),
      ]) as Record<string, string>;
      const asked = scenario(spec, { apps: behaviour, service: true, end: { at: 90 } });
      const moments = simulatePod(asked, timings(index + 1)[index]).flatMap(momentsOf);
      const ids = new Set(moments.map((it) => it.id));
      expect(ids.size).toBe(7);
      const timeline = predictStartup({
        ...world(pod(JSON.stringify(spec), { annotations }), [service()], NO_LATENCY),
        imagePresent: () => true,
      });
      const firsts = [...ids].flatMap((id) => moments.find((it) => it.id === id) ?? []);
      const misses = firsts.flatMap(({ id, t }) => {
        const { earliest, latest } = timeline.event(id)?.window ?? NEVER;
        if (t >= earliest - SLACK && t <= latest + SLACK) return [];
        return [`${id} at ${t.toFixed(2)}, not in ${earliest.toFixed(2)}..${latest.toFixed(2)}`];
      });
      expect(misses).toEqual([]);
    },
  );
  fc.assert(property, { numRuns: 150 });
});
