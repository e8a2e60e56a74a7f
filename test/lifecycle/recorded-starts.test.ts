/**
 * The startup timeline held against what a v1.36.2 kubelet did: every recorded start without a
 * pull, a failure or a restart, with the apps' behaviour declared.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventId, killAfterStart, predictStartup } from '../../server/src/lifecycle/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';
import { service, world } from './world.ts';

interface Entry {
  readonly t: number;
  readonly source: string;
  readonly what: string;
  readonly container?: string;
  readonly detail?: { readonly type?: string; readonly status?: string; readonly ready?: boolean };
}

interface App {
  readonly startDelay?: number;
  readonly runFor?: number;
}

interface Scenario {
  readonly id: string;
  readonly pod: { readonly metadata?: object; readonly spec: Pod['spec'] };
  readonly extraPods?: unknown;
  readonly behaviour?: {
    readonly containers?: Readonly<Record<string, App>>;
    readonly images?: unknown;
    readonly sandbox?: unknown;
  };
  readonly service?: boolean | object;
  readonly nodeClass?: string;
  readonly trace: readonly Entry[];
}

/** The recorder's own pace; pods are bound at creation and have no volumes. */
const RECORDER = {
  profile: 'lab',
  parameters: {
    'p.client': '0',
    'p.auth': '0',
    'p.sandbox': '0-0.1',
    'p.create': '0-0.1',
    'p.mount': '0-0.4',
    'p.watch': '0-0.1',
    'p.status': '0-0.3',
    'p.eps': '0-0.1',
  },
} as const;
const SLACK = 0.15;
const NEVER = { earliest: Infinity, latest: Infinity };

const corpus = gunzipSync(readFileSync('test/conformance/corpora/lifecycle.jsonl.gz'))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Scenario);
const scenarios = corpus.filter(isPlainStart);

function isPlainStart({ extraPods, behaviour = {}, nodeClass, pod, trace }: Scenario): boolean {
  if (extraPods || nodeClass || behaviour.images || behaviour.sandbox) return false;
  const inits = new Set((pod.spec.initContainers ?? []).map((it) => it.name));
  const oneRun = Object.entries(behaviour.containers ?? {}).every(
    ([name, it]) => !Array.isArray(it.startDelay) && (it.runFor === undefined || inits.has(name)),
  );
  const restarted = trace.some((it) => it.what === 'restartCount' && Number(it.detail) > 0);
  return oneRun && !restarted && trace.some((it) => isReady(it));
}

function isReady({ source, what, detail }: Entry): boolean {
  return (
    source === 'status' &&
    what === 'condition' &&
    detail?.type === 'Ready' &&
    detail.status === 'True'
  );
}

function misses(scenario: Scenario): string[] {
  const { behaviour = {}, trace } = scenario;
  const { spec, metadata } = scenario.pod;
  const annotations: Record<string, string> = {};
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  for (const { name, startupProbe, readinessProbe } of all) {
    const app = behaviour.containers?.[name] ?? {};
    annotations[`podsage.dev/app.${name}.listen-seconds`] = String(app.startDelay ?? 0);
    // The recorder's `after N` succeeds N seconds after the start: the app is able to serve then.
    const able = [startupProbe, readinessProbe].map(({ exec } = {}) =>
      exec?.command?.[0] === 'after' ? Number(exec.command[1]) : (app.startDelay ?? 0),
    );
    annotations[`podsage.dev/app.${name}.ready-seconds`] = String(Math.max(...able));
    annotations[`podsage.dev/app.${name}.run-seconds`] = String(app.runFor ?? 0);
  }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { app: 'web' }, ...metadata, annotations },
    spec: { ...spec, nodeName: 'n1' },
  } as Pod;
  const extra = typeof scenario.service === 'object' ? JSON.stringify(scenario.service) : '{}';
  const timeline = predictStartup({
    ...world(pod, scenario.service ? [service(extra)] : [], RECORDER),
    imagePresent: () => true,
  });
  const found: string[] = [];
  const check = (kind: string, subject: string | undefined, t: number) => {
    const { earliest, latest } = timeline.event(eventId(kind, subject))?.window ?? NEVER;
    if (t >= earliest - SLACK && t <= latest + SLACK) return;
    const window = `${earliest.toFixed(2)}..${latest.toFixed(2)}`;
    found.push(`${scenario.id} ${kind} ${subject} at ${t.toFixed(2)}, not in ${window}`);
  };
  for (const { t, source, what, container } of trace) {
    if (source === 'api' && what === 'delete') break;
    if (source === 'cri' && what === 'StartContainer') check('started', container, t);
  }
  check('ready', undefined, trace.find(isReady)?.t ?? NaN);
  const endpoint = trace.find((it) => it.source === 'endpoints' && it.detail?.ready);
  if (endpoint) check('slice-ready', 'web', endpoint.t);
  return found;
}

test('what a kubelet did with a new pod lies in the predicted windows', () => {
  expect(scenarios.length).toBeGreaterThan(40);
  expect(scenarios.flatMap(misses)).toEqual([]);
});

test('a probe that never succeeds kills within the bounds of its closed form', () => {
  let checked = 0;
  for (const { id, pod, trace } of corpus) {
    for (const { name, livenessProbe, startupProbe } of pod.spec.containers) {
      const probe = [startupProbe, livenessProbe].find((it) => it?.exec?.command?.[0] === 'never');
      const call = (what: string) =>
        trace.find((it) => it.what === what && it.container === name)?.t;
      const started = call('StartContainer');
      const killed = call('StopContainer');
      if (!probe || started === undefined || killed === undefined) continue;
      checked++;
      const { earliest, latest } = killAfterStart(probe);
      expect([id, killed - started >= earliest - SLACK]).toEqual([id, true]);
      expect([id, killed - started <= latest + SLACK]).toEqual([id, true]);
    }
  }
  expect(checked).toBeGreaterThan(2);
});
