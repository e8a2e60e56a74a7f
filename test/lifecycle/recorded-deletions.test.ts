/**
 * The shutdown timeline held against what a v1.36.2 kubelet did: every recorded deletion of a pod
 * that was Ready, with the app's behaviour declared. What happened must lie in its window.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  eventId,
  predictShutdown,
  type EnvironmentSettings,
  type LifecycleTimeline,
} from '../../server/src/lifecycle/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';
import { service, world } from './world.ts';

interface Entry {
  readonly t: number;
  readonly source: string;
  readonly what: string;
  readonly container?: string;
  readonly detail?: {
    readonly timeout?: number;
    readonly cause?: string;
    readonly attempt?: number;
  };
}

interface Action {
  readonly do: string;
  readonly when?: string;
  readonly gracePeriodSeconds?: number;
}

interface Scenario {
  readonly id: string;
  readonly pod: { readonly metadata?: object; readonly spec: Pod['spec'] };
  readonly extraPods?: unknown;
  readonly behaviour: {
    readonly containers?: Readonly<
      Record<string, { readonly onTerm?: string; readonly runFor?: unknown }>
    >;
  };
  readonly service?: boolean | object;
  readonly action?: Action | readonly Action[];
  readonly nodeClass?: string;
  readonly trace: readonly Entry[];
}

/** The recordings have no API latency to speak of, and their runtime stops sandboxes at once. */
const RECORDER = {
  profile: 'lab',
  parameters: {
    'p.auth': '0',
    'p.api': '0-0.1',
    'p.kubelet': '0-0.1',
    'p.sandboxstop': '0-0.1',
    'p.status': '0-0.3',
    'p.unmount': '0-0.3',
    'p.eps': '0-0.1',
  },
} as const;
const SLACK = 0.15;
const NEVER = { earliest: Infinity, latest: Infinity };

/** No delay but the kubelet's own arithmetic: what counts from its first step is exact. */
const NO_DELAY = {
  profile: 'lab',
  parameters: { ...RECORDER.parameters, 'p.api': '0', 'p.watch': '0', 'p.kubelet': '0' },
} as const;

const scenarios = gunzipSync(readFileSync('test/conformance/corpora/lifecycle.jsonl.gz'))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Scenario)
  .filter(isPlainDeletion);

/** One delete of a Ready pod whose containers run until they are told to stop. */
function isPlainDeletion({ action, extraPods, behaviour, nodeClass }: Scenario): boolean {
  if (Array.isArray(action) || extraPods || nodeClass) return false;
  const only = action as Action | undefined;
  if (only?.do !== 'delete' || only.when !== 'ready') return false;
  return Object.values(behaviour.containers ?? {}).every((it) => it.runFor === undefined);
}

/** The apps' behaviour as a user would declare it. */
function annotationsOf({ behaviour, pod }: Scenario): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const { name } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    const exits = /^exit:([\d.]+)/.exec(behaviour.containers?.[name]?.onTerm ?? 'exit:0');
    const key = `podsage.dev/app.${name}.`;
    if (exits) annotations[`${key}drain-seconds`] = exits[1] ?? '0';
    else annotations[`${key}on-sigterm`] = 'ignore';
  }
  return annotations;
}

function predict(scenario: Scenario, settings: EnvironmentSettings): LifecycleTimeline {
  const { spec, metadata } = scenario.pod;
  const action = scenario.action as Action;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      labels: { app: 'web' },
      ...metadata,
      annotations: annotationsOf(scenario),
    },
    spec,
  } as Pod;
  const extra = typeof scenario.service === 'object' ? JSON.stringify(scenario.service) : '{}';
  const objects = scenario.service ? [service(extra)] : [];
  const requested = action.gracePeriodSeconds;
  return predictShutdown(
    {
      ...world(pod, objects, settings),
      recentStep: settings === RECORDER,
      ...(requested === undefined ? {} : { requestedGraceSeconds: requested }),
    },
    'delete',
  );
}

/** What happened outside its window, counted from a moment of the recording. */
function misses(
  scenario: Scenario,
  settings: EnvironmentSettings,
  began: number,
  kinds: ReadonlySet<string>,
): string[] {
  const timeline = predict(scenario, settings);
  const found: string[] = [];
  const check = (kind: string, subject: string | undefined, t: number) => {
    if (!kinds.has(kind)) return;
    const { earliest, latest } = timeline.event(eventId(kind, subject))?.window ?? NEVER;
    const at = t - began;
    if (at >= earliest - SLACK && at <= latest + SLACK) return;
    const window = `${earliest.toFixed(2)}..${latest.toFixed(2)}`;
    found.push(`${scenario.id} ${kind} ${subject} at ${at.toFixed(2)}, not in ${window}`);
  };
  for (const { t, source, what, container, detail } of scenario.trace) {
    if (!(t >= began)) continue;
    if (source === 'cri' && what === 'StopContainer') {
      check('sigterm', container, t);
      check('sigkill', container, t + (detail?.timeout ?? 0));
    } else if (source === 'app' && what === 'exit') check('stopped', container, t);
    else if (source === 'cri' && what === 'StopPodSandbox') check('all-stopped', undefined, t);
    else if (source === 'status' && what === 'deleted') check('gone', undefined, t);
    else if (source === 'endpoints' && what === 'endpoint-removed') {
      // A force delete takes the endpoint with the object.
      check(timeline.event('slice-removed:web') ? 'slice-removed' : 'slice-updated', 'web', t);
    }
  }
  return found;
}

test('what happens to a deleted pod lies in the predicted windows', () => {
  expect(scenarios.length).toBeGreaterThan(40);
  const kinds = new Set(
    'sigterm sigkill stopped all-stopped gone slice-removed slice-updated'.split(' '),
  );
  const all = scenarios.flatMap((it) => {
    const asked = it.trace.find(({ source, what }) => source === 'api' && what === 'delete');
    return misses(it, RECORDER, asked?.t ?? NaN, kinds);
  });
  expect(all).toEqual([]);
});

test("from the kubelet's first step on, hook, SIGTERM and SIGKILL come at their very second", () => {
  const kinds = new Set(['sigterm', 'sigkill', 'stopped', 'all-stopped']);
  const all = scenarios.flatMap((it) => {
    const asked = it.trace.findIndex(({ source, what }) => source === 'api' && what === 'delete');
    const first = it.trace.slice(asked).find(isFirstStep);
    return misses(it, NO_DELAY, (first?.t ?? NaN) - 0.03, kinds);
  });
  expect(all).toEqual([]);
});

function isFirstStep({ source, what }: Entry): boolean {
  return (
    (source === 'event' && what === 'Killing') || (source === 'cri' && what === 'StopContainer')
  );
}
