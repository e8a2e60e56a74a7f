/**
 * The shutdown timeline held against the simulated kubelet: whatever pod is deleted while Ready, with
 * its apps' behaviour declared, what the simulated kubelet does lies in the predicted windows.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventId, predictShutdown } from '../../server/src/lifecycle/index.ts';
import { simulatePod, type TraceEntry } from '../../server/src/lifecycle/kubelet/index.ts';
import { timings } from '../../server/src/lifecycle/kubelet/timing.ts';
import { container, deleted, scenario, sidecar } from './kubelet/tiny-pod.ts';
import { pod, world } from './world.ts';

/** The simulated kubelet has no API latency to speak of. */
const NO_LATENCY = {
  profile: 'lab',
  parameters: {
    'p.auth': '0',
    'p.api': '0-0.1',
    'p.kubelet': '0-0.1',
    'p.sandboxstop': '0-0.1',
    'p.status': '0-0.4',
    'p.unmount': '0-0.4',
    'p.eps': '0-0.1',
  },
} as const;
const SLACK = 0.15;

/** Seconds from SIGTERM to the exit, null where it is ignored; seconds of preStop, 0 for none. */
const app = fc.record({
  drain: fc.constantFrom(null, 0, 0.5, 1.6, 4, 9),
  preStop: fc.integer({ min: 0, max: 7 }),
});
type App = { readonly drain: number | null; readonly preStop: number };

function fieldsOf({ preStop }: App) {
  return preStop === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: preStop } } } };
}

function eventsOf({ source, what, container: name, t, detail }: TraceEntry) {
  if (source === 'cri' && what === 'StopContainer') {
    const { timeout = 0 } = detail as { timeout?: number };
    return [
      { id: eventId('sigterm', name), t },
      { id: eventId('sigkill', name), t: t + timeout },
    ];
  }
  if (source === 'app' && what === 'exit') return [{ id: eventId('stopped', name), t }];
  if (source === 'cri' && what === 'StopPodSandbox') return [{ id: eventId('all-stopped'), t }];
  return source === 'status' && what === 'deleted' ? [{ id: eventId('gone'), t }] : [];
}

function misses(apps: Record<string, App>, grace: number, index: number): string[] {
  const spec = {
    terminationGracePeriodSeconds: grace,
    restartPolicy: 'Always',
    containers: ['a', 'b'].map((name) => container({ name, ...fieldsOf(apps[name] as App) })),
    initContainers: ['s', 'u'].map((name) => sidecar(name, fieldsOf(apps[name] as App))),
  };
  const behaviour = Object.entries(apps).map(([name, { drain }]) => [
    name,
    { onTerm: drain === null ? 'ignore' : `exit:${drain}` },
  ]);
  const annotations = Object.entries(apps).map(([name, { drain }]) => [
    `podsage.dev/app.${name}.${drain === null ? 'on-sigterm' : 'drain-seconds'}`,
    drain === null ? 'ignore' : String(drain),
  ]);
  const asked = scenario(spec, { apps: Object.fromEntries(behaviour), actions: [deleted()] });
  const entries = simulatePod(asked, timings(index + 1)[index]);
  const began = entries.find((it) => it.source === 'api' && it.what === 'delete')?.t ?? NaN;
  expect(entries.some(({ what }) => what === 'deleted')).toBe(true);
  const manifest = pod(JSON.stringify(spec), { annotations: Object.fromEntries(annotations) });
  const input = { ...world(manifest, [], NO_LATENCY), recentStep: true };
  const timeline = predictShutdown(input, 'delete');
  return entries.flatMap(eventsOf).flatMap(({ id, t }) => {
    const { earliest, latest } = timeline.event(id)?.window ?? { earliest: NaN, latest: NaN };
    const at = t - began;
    if (at >= earliest - SLACK && at <= latest + SLACK) return [];
    return [`${id} at ${at.toFixed(2)}, not in ${earliest.toFixed(2)}..${latest.toFixed(2)}`];
  });
}

test('what the simulated kubelet does to any deleted pod lies in the predicted windows', () => {
  const property = fc.property(
    fc.record({ a: app, b: app, s: app, u: app }),
    fc.integer({ min: 0, max: 12 }),
    fc.nat(47),
    (apps, grace, index) => {
      expect(misses(apps, grace, index)).toEqual([]);
    },
  );
  fc.assert(property, { numRuns: 150, seed: 36 });
});
