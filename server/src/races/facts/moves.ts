/** Fixes that change who starts when: sidecars, waits before the app, questions in place of hooks. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { fieldAt, isWritten, TextOf, type Citable, type Json } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { MoveChange, RaceFix } from '../race-rule.ts';
import { handlerFields } from './probes.ts';
import { minorVersion } from './shutdown.ts';
import { handlerWaits } from './waits.ts';

/** The least minor in which an init container can be a sidecar without a feature gate. */
const NATIVE_SIDECARS = 29;

/** Makes a main container a native sidecar: behind all init containers, or at an index among them. */
export function nativeSidecar(
  container: PodContainer,
  workload: WorkloadPrediction,
  { startOrder, pod }: PodModel,
  options: { readonly index?: number; readonly adding?: Readonly<Record<string, Json>> } = {},
): readonly RaceFix[] {
  if (minorVersion(workload) < NATIVE_SIDECARS) return [];
  const { index = startOrder.length, adding = {} } = options;
  const to = fieldAt(pod, ['spec', 'initContainers', index]);
  const change: MoveChange = {
    move: container.at,
    to,
    adding: { restartPolicy: 'Always', ...adding },
  };
  const next = startOrder[index];
  const before = next ? ` before ${next.name}` : '';
  return [{ title: `Make ${container.name} a native sidecar${before}`, changes: [change] }];
}

/**
 * What a proxy needs so that those behind it wait until it can be used: nothing where it has a
 * startup probe, else its readiness probe or that of its mesh as one. Undefined where nothing tells
 * how to ask it: many listen at localhost only, where the kubelet does not reach them.
 */
export function startupOf({
  name,
  container,
}: PodContainer): Readonly<Record<string, Json>> | undefined {
  if (container.startupProbe) return {};
  const { readinessProbe } = container;
  const handler = readinessProbe ? handlerFields(readinessProbe) : MESH_READY[name];
  if (!handler) return undefined;
  return { startupProbe: { ...(handler as Record<string, Json>), ...QUICK } };
}

/** Where the proxies of meshes say that they are ready, as their own injectors ask them. */
const MESH_READY: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  'istio-proxy': { httpGet: { path: '/healthz/ready', port: 15_021 } },
  'linkerd-proxy': { httpGet: { path: '/ready', port: 4191 } },
};

const QUICK = { periodSeconds: 1, failureThreshold: 60 };

/** Waits in an init container, which a deletion can stop, for what the postStart hook waits for. */
export function waitBefore(container: PodContainer, model: PodModel): readonly RaceFix[] {
  const { at, container: own } = container;
  const { exec } = at.lifecycle.postStart;
  const argv = own.lifecycle?.postStart?.exec?.command ?? [];
  const [wait] = handlerWaits(container, exec.command);
  // What is asked in the pod itself does not listen before the app starts.
  if (!wait || /^(?:localhost|127\.)/.test(wait.host) || !isOnlyWait(argv)) return [];
  const name = freeName(`wait-for-${wait.host.replaceAll(/[^a-z0-9-]+/g, '-')}`, model);
  const { startOrder, pod } = model;
  const index = startOrder.indexOf(container);
  const to = fieldAt(pod, ['spec', 'initContainers', index < 0 ? startOrder.length : index]);
  const as: Record<string, Json | TextOf<Citable>> = { name };
  if (isWritten(at.image)) as['image'] = new TextOf(at.image);
  as['command'] = new TextOf(exec.command);
  for (const it of ['env', 'envFrom', 'securityContext', 'volumeMounts'] as const) {
    if (isWritten(at[it])) as[it] = new TextOf(at[it]);
  }
  const change: MoveChange = { move: hookOf(container), to, as };
  return [{ title: `Wait for ${wait.host} in an init container`, changes: [change] }];
}

/** One loop or one tool, with nothing before or behind that the app could need. */
function isOnlyWait(argv: readonly string[]): boolean {
  const script = argv.find((it) => /\s/.test(it)) ?? '';
  return script === '' || /^\s*(?:until|while)\b[^]*\bdone\s*$/.test(script);
}

function freeName(wanted: string, { startOrder, mains }: PodModel): string {
  const taken = new Set([...startOrder, ...mains].map((it) => it.name));
  const short = wanted.slice(0, 60).replace(/-+$/, '');
  if (!taken.has(short)) return short;
  let number = 2;
  while (taken.has(`${short}-${number}`)) number++;
  return `${short}-${number}`;
}

/**
 * Asks with a startup probe what a postStart hook asks once: it is tried again until it succeeds,
 * and the app is not killed for being slower than its hook.
 */
export function askedAtStartup(container: PodContainer): readonly RaceFix[] {
  const { at, container: own, name } = container;
  const hook = own.lifecycle?.postStart;
  const kind = hook?.httpGet ? 'httpGet' : hook?.exec ? 'exec' : undefined;
  if (!kind || own.startupProbe) return [];
  const as = {
    [kind]: new TextOf<Citable>(at.lifecycle.postStart[kind]),
    periodSeconds: 5,
    timeoutSeconds: 5,
    failureThreshold: 60,
  };
  const change: MoveChange = { move: hookOf(container), to: at.startupProbe, as };
  return [{ title: `Turn the postStart hook of ${name} into a startupProbe`, changes: [change] }];
}

/** The postStart hook, with all of `lifecycle` where that holds nothing else. */
function hookOf({ at, container }: PodContainer): Citable {
  return container.lifecycle?.preStop || container.lifecycle?.stopSignal
    ? at.lifecycle.postStart
    : at.lifecycle;
}

/** The same question, which then holds nobody back and restarts nobody: its answer makes Ready. */
export function asReadiness(
  { name, container, at }: PodContainer,
  kind: 'startupProbe' | 'livenessProbe',
): readonly RaceFix[] {
  if (!container[kind] || container.readinessProbe) return [];
  const place = at[kind];
  const as = Object.fromEntries(
    PROBE_FIELDS.flatMap((it) =>
      isWritten(place[it]) ? [[it, new TextOf<Citable>(place[it])] as const] : [],
    ),
  );
  const change: MoveChange = { move: place, to: at.readinessProbe, as };
  return [{ title: `Make the ${kind} of ${name} its readinessProbe`, changes: [change] }];
}

/** A grace period of its own is nothing a readiness probe could have. */
const PROBE_FIELDS = [
  'exec',
  'grpc',
  'httpGet',
  'tcpSocket',
  'initialDelaySeconds',
  'periodSeconds',
  'timeoutSeconds',
  'successThreshold',
  'failureThreshold',
] as const;
