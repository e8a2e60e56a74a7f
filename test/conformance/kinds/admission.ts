/**
 * The corpora of create requests: `admission`, `yaml`, `policies` and `real/*`. All cases have one
 * form; some give text instead of an object, some policies to be declared in the cluster.
 */
import { isDeepStrictEqual } from 'node:util';
import { admit, admitYaml } from '../../../server/src/admission/index.ts';
import { ClusterSnapshot } from '../../../server/src/cluster/index.ts';
import type { KubernetesObject } from '../../../server/src/manifest/index.ts';
import type { ConformanceKind, Worlds } from '../kind.ts';
import { recorderObjects } from '../recorder.ts';

interface Case {
  readonly id: string;
  readonly world: string;
  readonly object?: Record<string, unknown>;
  readonly yaml?: string;
  readonly policies?: readonly Record<string, unknown>[];
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

interface Answer {
  readonly allowed: boolean;
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly causes?: readonly Cause[];
  readonly warnings: readonly string[];
  readonly object?: Record<string, unknown>;
}

/** The URL that the recorder posted each kind to. */
const URLS: Readonly<Record<string, string>> = {
  Pod: 'v1',
  Service: 'v1',
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
};

const snapshots = new Map<string, ClusterSnapshot>();

function snapshotOf(world: string, worlds: Worlds, more: Case['policies']): ClusterSnapshot {
  const known = snapshots.get(world);
  if (known && !more) return known;
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: world },
  };
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: world, labels: { 'kubernetes.io/metadata.name': world } },
  };
  const declared = worlds.namespaces[world] ?? [namespace, account];
  const objects = [...worlds.cluster, ...declared, ...recorderObjects(world), ...(more ?? [])];
  const snapshot = new ClusterSnapshot(objects as unknown as KubernetesObject[]);
  if (!more) snapshots.set(world, snapshot);
  return snapshot;
}

function answer(input: Case, worlds: Worlds): Answer | null {
  const { object = headOf(input.yaml ?? ''), world } = input;
  const kind = String(object['kind']);
  const version = String(object['apiVersion']);
  if (URLS[kind] === undefined && version === 'v2') {
    const message = 'the server could not find the requested resource';
    return { allowed: false, code: 404, reason: 'NotFound', message, warnings: [] };
  }
  const snapshot = snapshotOf(world, worlds, input.policies);
  const options = { serviceClusterIpRanges: ['10.96.0.0/16'], dryRun: true };
  const request = { snapshot, namespace: world, kind, options };
  const result =
    input.yaml === undefined ? admit({ ...request, object }) : admitYaml(input.yaml, request);
  if (!result) return null;
  const { allowed, code, reason, message, causes } = result;
  return {
    allowed,
    code,
    reason,
    message,
    causes,
    warnings: result.warnings.map(quoted),
    object: result.object as unknown as Record<string, unknown>,
  };
}

/** The kind that a text says it is, which decides where it was sent. */
function headOf(yaml: string): Record<string, unknown> {
  return {
    kind: /^kind: *(\w+)/m.exec(yaml)?.[1],
    apiVersion: /^apiVersion: *(\S+)/m.exec(yaml)?.[1],
  };
}

/** A text as it stands in a Warning header. */
function quoted(text: string): string {
  return text.replace(/[\\"]/g, (it) => `\\${it}`);
}

/** Replaces what is random in a real server by its presence. */
function scrub(value: unknown): unknown {
  const text = JSON.stringify(value ?? null, (key, it: unknown) => {
    if (key === 'clusterIP') return it === 'None' || it === '' ? it : '<allocated>';
    if (key === 'clusterIPs' && Array.isArray(it)) {
      return it.map((ip) => (ip === 'None' ? ip : '<allocated>'));
    }
    if (key === 'nodePort' || key === 'healthCheckNodePort') return '<allocated>';
    // When it is now: the engine has no clock.
    if (key === 'lastTransitionTime') return '<now>';
    return it;
  });
  return JSON.parse(scrubText(text));
}

function scrubText(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>');
}

const causesOf = (it: Answer) => (it.causes ?? []).map((cause) => scrubText(JSON.stringify(cause)));

/** Causes in any order: upstream walks maps in a random one. */
function sameCauses(a: Answer, b: Answer): boolean {
  const keys = ({ causes = [] }: Answer) =>
    causes
      .map(({ reason = '', message = '', field = '' }) =>
        scrubText(`${field}|${reason}|${message}`),
      )
      .sort();
  return isDeepStrictEqual(keys(a), keys(b));
}

/** A message; the errors of an aggregate in any order, for the same reason. */
function partsOf({ message = '' }: Answer): readonly string[] {
  const text = scrubText(message);
  const list = /^(.* is invalid: )\[(.*)\]$/s.exec(text);
  return list ? [list[1] ?? '', ...(list[2] ?? '').split(', ').sort()] : [text];
}

function compare(expect: Answer, actual: unknown): Record<string, boolean> {
  const it = (actual ?? { allowed: undefined, warnings: [] }) as Answer;
  const measures: Record<string, boolean> = {
    verdict: it.allowed === expect.allowed && it.code === expect.code,
    warnings: isDeepStrictEqual([...it.warnings], [...expect.warnings]),
  };
  if (expect.allowed) {
    measures['stored object'] = isDeepStrictEqual(scrub(it.object), scrub(expect.object));
    return measures;
  }
  measures['message'] =
    it.reason === expect.reason && isDeepStrictEqual(partsOf(it), partsOf(expect));
  if (causesOf(expect).length > 0) {
    const fields = ({ causes = [] }: Answer) => causes.map((cause) => cause.field ?? '').sort();
    measures['cause fields'] = isDeepStrictEqual(fields(it), fields(expect));
    measures['causes'] = sameCauses(it, expect);
  }
  return measures;
}

export const admission: ConformanceKind<Case, Answer> = { answer, compare };
