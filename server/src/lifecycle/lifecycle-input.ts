/** What a timeline is made of: the pod as stored, the declared world, the environment, the apps. */
import type { ClusterSnapshot } from '../cluster/index.ts';
import { field, type Container, type FieldCursor, type Pod } from '../manifest/index.ts';
import { deriveAppAssumptions, type AppAssumptions, type AppSettings } from './app-assumptions.ts';
import { hookMeaning, type HookMeaning } from './hooks/index.ts';
import type { Lane } from './lifecycle-event.ts';
import { podTraffic, type PodTraffic } from './pod-traffic.ts';
import { withDataPlanes, type EnvironmentProfile } from './profile.ts';

/** The input of every prediction of a pod's life. */
export interface LifecycleInput {
  /** The pod as the API server stores it: defaulted and mutated. */
  readonly pod: Pod;
  readonly snapshot: ClusterSnapshot;
  readonly profile: EnvironmentProfile;
  readonly apps?: AppSettings;
}

/** A container with all that is understood of it. */
export interface PodContainer {
  readonly name: string;
  readonly container: Container;
  readonly at: FieldCursor<Container>;
  readonly role: 'main' | 'sidecar' | 'init';
  readonly app: AppAssumptions;
  readonly preStop: HookMeaning;
  readonly postStart: HookMeaning;
  readonly lane: Lane;
  /** It owns a port that a Service sends traffic to. */
  readonly serves: boolean;
}

/** The input, understood: what both creation and shutdown need. */
export interface PodModel {
  readonly pod: Pod;
  readonly at: FieldCursor<Pod>;
  readonly snapshot: ClusterSnapshot;
  /** With the data planes that the declared objects tell of. */
  readonly profile: EnvironmentProfile;
  readonly traffic: PodTraffic;
  readonly inits: readonly PodContainer[];
  readonly sidecars: readonly PodContainer[];
  readonly mains: readonly PodContainer[];
  /** `initContainers` in the order they are written, sidecars among them. */
  readonly startOrder: readonly PodContainer[];
  /** The grace period of the spec; 30 where none is written. */
  readonly gracePeriodSeconds: number;
}

/** Reads a pod and its world once. */
export function podModel({ pod, snapshot, profile, apps }: LifecycleInput): PodModel {
  const at = field(pod);
  const traffic = podTraffic(pod, snapshot, profile.dataPlanes);
  const make = (container: Container, place: FieldCursor<Container>, role: PodContainer['role']) =>
    podContainer({ pod, at, traffic, apps }, container, place, role);
  const startOrder = (pod.spec.initContainers ?? []).map((it, i) =>
    make(
      it,
      elementAt(at.spec.initContainers, i),
      it.restartPolicy === 'Always' ? 'sidecar' : 'init',
    ),
  );
  const mains = (pod.spec.containers ?? []).map((it, i) =>
    make(it, elementAt(at.spec.containers, i), 'main'),
  );
  // Events go by the containers' names; a pod with one name twice would be refused anyway.
  const seen = new Set<string>();
  const isFirst = ({ name }: PodContainer) => !seen.has(name) && seen.add(name).size > 0;
  const distinctMains = mains.filter(isFirst);
  const distinctStarts = startOrder.filter(isFirst);
  return {
    pod,
    at,
    snapshot,
    traffic,
    profile: withDataPlanes(profile, traffic.dataPlanes),
    startOrder: distinctStarts,
    inits: distinctStarts.filter((it) => it.role === 'init'),
    sidecars: distinctStarts.filter((it) => it.role === 'sidecar'),
    mains: distinctMains,
    gracePeriodSeconds: pod.spec.terminationGracePeriodSeconds ?? 30,
  };
}

/** The place of an element of a list; whether or not the list is so long. */
function elementAt<T>(list: FieldCursor<readonly T[] | undefined>, index: number): FieldCursor<T> {
  return (list as unknown as Record<number, FieldCursor<T>>)[index] as FieldCursor<T>;
}

function podContainer(
  pod: { pod: Pod; at: FieldCursor<Pod>; traffic: PodTraffic; apps: AppSettings | undefined },
  container: Container,
  at: FieldCursor<Container>,
  role: PodContainer['role'],
): PodContainer {
  const place = { container, at, pod: pod.pod, podAt: pod.at, isMain: role === 'main' };
  const image = at.image as FieldCursor<string>;
  const { preStop, postStart } = container.lifecycle ?? {};
  return {
    name: container.name,
    container,
    at,
    role,
    app: deriveAppAssumptions(place, pod.apps),
    preStop: hookMeaning({ container, handler: preStop, at: at.lifecycle.preStop, image }),
    postStart: hookMeaning({ container, handler: postStart, at: at.lifecycle.postStart, image }),
    lane: { id: `container/${container.name}`, label: container.name, group: 'container' },
    serves: pod.traffic.servingContainers.has(container.name),
  };
}
