/**
 * What is proved to be safe, and why: the counterpart of a finding. A certificate is given only
 * where its condition holds in every run the bounds allow; it names what it rests on.
 */
import { formatSeconds } from '../explanation/index.ts';
import {
  field,
  scaledValue,
  selectorMatches,
  type Deployment,
  type KubernetesObject,
} from '../manifest/index.ts';
import type { Certificate } from './certificate.ts';
import { configCertificates } from './config-certificates.ts';
import { eventId, type LifecycleTimeline } from './lifecycle-event.ts';
import {
  podModel,
  type LifecycleInput,
  type PodContainer,
  type PodModel,
} from './lifecycle-input.ts';
import { forgottenBy } from './shutdown-traffic.ts';
import { predictShutdown } from './shutdown.ts';
import { predictStartup } from './startup.ts';

/** What is asked. */
export interface CertificateInput extends LifecycleInput {
  /** The Deployment, StatefulSet, … that the pod belongs to. */
  readonly workload?: KubernetesObject;
  /** What `podModel` makes of this input, where that is known already. */
  readonly model?: PodModel | undefined;
  /** Predictions that exist already; made anew where they are left out. */
  readonly startup?: LifecycleTimeline;
  readonly shutdown?: LifecycleTimeline;
}

/** All that is proved of a pod. */
export function certify(input: CertificateInput): readonly Certificate[] {
  const model = input.model ?? podModel(input);
  const shutdown = input.shutdown ?? predictShutdown(input, 'delete');
  const startup = input.startup ?? predictStartup(input);
  const serving = [...model.mains, ...model.sidecars].filter((it) => it.serves);
  return [
    ...serving.flatMap((it) => drain(model, shutdown, it)),
    ...serving.flatMap((it) => inflight(model, shutdown, it)),
    ...model.sidecars.flatMap((it) => sidecar(model, shutdown, it)),
    ...serving.flatMap((it) => early(startup, it)),
    ...[...model.mains, ...model.sidecars].flatMap((it) => boot(startup, it)),
    ...rollout(model, input.workload, startup),
    ...drainable(model, input.workload),
    ...once(model, input.workload),
    ...configCertificates(model),
  ];
}

/** A certificate that one order is fixed. */
function ordered(
  timeline: LifecycleTimeline,
  first: string,
  second: string,
  parts: Pick<Certificate, 'id' | 'subject' | 'claim' | 'cites'>,
  strictly = false,
): Certificate[] {
  const order = timeline.order(first, second);
  if (order.relation !== 'before') return [];
  const { chain, marginSeconds } = order.proof;
  if (strictly && !(marginSeconds > 0)) return [];
  const because = chain
    .filter((it) => it.seconds > 0)
    .map(({ edge, side, seconds }) => {
      const label = timeline.event(edge.to)?.label ?? edge.to;
      const most = side === 'sooner' ? 'at most' : 'at least';
      return `${label}: ${most} ${formatSeconds(seconds)} later (${edge.explanation.message})`;
    });
  const assumptions = chain.flatMap((it) => it.edge.parameter ?? []);
  return [{ ...parts, because, marginSeconds, assumptions: [...new Set(assumptions)] }];
}

/** Each consumer has forgotten the pod before the listener closes; all of them, or nothing. */
function drain(
  { traffic }: PodModel,
  shutdown: LifecycleTimeline,
  container: PodContainer,
): Certificate[] {
  const all = traffic.consumers.map((consumer) =>
    ordered(shutdown, forgottenBy(consumer), eventId('stops-accepting', container.name), {
      id: 'cert-drain',
      subject: consumer.id,
      claim:
        `no new connection through ${consumer.label} reaches a closed listener ` +
        `of ${container.name} when the pod is deleted`,
      cites: [container.preStop.setBy, ...consumer.cites],
    }),
  );
  return all.every((it) => it.length > 0) ? all.flat() : [];
}

function inflight(
  { at, traffic }: PodModel,
  shutdown: LifecycleTimeline,
  { name }: PodContainer,
): Certificate[] {
  if (traffic.consumers.length === 0) return [];
  const exits = shutdown.order(eventId('exits', name), eventId('sigkill', name));
  if (exits.relation !== 'before') return [];
  return ordered(shutdown, eventId('last-request-ended', name), eventId('sigkill', name), {
    id: 'cert-inflight',
    subject: name,
    claim: `no request that ${name} has accepted is cut by SIGKILL`,
    cites: [at.spec.terminationGracePeriodSeconds],
  });
}

/** A sidecar outlives the app it helps, and has time of its own. */
function sidecar(
  { mains, at }: PodModel,
  shutdown: LifecycleTimeline,
  { name, preStop, at: place }: PodContainer,
): Certificate[] {
  // A hook that tells the sidecar to stop runs at once, beside the app's.
  if (preStop.stopsApp !== 'no') return [];
  const exits = mains.every(
    (it) =>
      shutdown.order(eventId('exits', it.name), eventId('sigkill', it.name)).relation === 'before',
  );
  const own = shutdown.order(eventId('exits', name), eventId('sigkill', name));
  if (!exits || own.relation !== 'before') return [];
  return mains.slice(0, 1).flatMap((main) =>
    ordered(shutdown, eventId('stopped', main.name), eventId('sigterm', name), {
      id: 'cert-sidecar',
      subject: name,
      claim: `${name} runs until the main containers have stopped, and has time to end`,
      cites: [place.restartPolicy, at.spec.terminationGracePeriodSeconds],
    }),
  );
}

/** Readiness of the serving container holds traffic back until it can serve. */
function early(startup: LifecycleTimeline, { name, container, at }: PodContainer): Certificate[] {
  const probe = container.readinessProbe ?? container.startupProbe;
  if (!probe?.httpGet && !probe?.tcpSocket && !probe?.grpc) return [];
  return ordered(startup, eventId('able-to-serve', name), eventId('first-traffic'), {
    id: 'cert-early',
    subject: name,
    claim: `no request reaches ${name} before it can serve, if the probe tests what requests need`,
    cites: [container.readinessProbe ? at.readinessProbe : at.startupProbe],
  });
}

function boot(startup: LifecycleTimeline, { name, container, at }: PodContainer): Certificate[] {
  const { livenessProbe, startupProbe } = container;
  const parts = {
    id: 'cert-boot',
    subject: name,
    claim: `no probe kills ${name} while it boots`,
  } as const;
  if (!livenessProbe && !startupProbe) {
    const because = ['it has neither a liveness nor a startup probe'];
    return [
      { ...parts, because, marginSeconds: undefined, assumptions: [], cites: [at.livenessProbe] },
    ];
  }
  const cites = [startupProbe ? at.startupProbe : at.livenessProbe];
  return ordered(
    startup,
    eventId('able-to-serve', name),
    eventId('boot-kill', name),
    { ...parts, cites },
    true,
  );
}

/** A rolling update that takes no ready pod away before there is another. */
function rollout(
  { traffic }: PodModel,
  workload: KubernetesObject | undefined,
  startup: LifecycleTimeline,
): Certificate[] {
  if (workload?.kind !== 'Deployment' || traffic.consumers.length === 0) return [];
  const { spec } = workload as Deployment;
  const replicas = spec.replicas ?? 1;
  const at = field(workload as Deployment).spec.strategy;
  if ((spec.strategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return [];
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, true) ?? 0;
  const rounded = scaledValue(maxUnavailable, replicas, false) ?? 0;
  const unavailable = surge === 0 && rounded === 0 ? 1 : rounded;
  const kept = replicas - unavailable;
  if (kept < 1) return [];
  const handover: Certificate = {
    id: 'cert-handover',
    subject: undefined,
    claim: 'during a rollout no node is left without an endpoint between the old pod and the new',
    because: [
      'the Deployment takes an old pod away after a new one is Ready',
      'the EndpointSlice controller sees pods in one order, and each node applies a slice in order',
    ],
    marginSeconds: undefined,
    assumptions: ['old and new are in one EndpointSlice (100 endpoints at most)'],
    cites: [at],
  };
  const ready = startup.ofKind('container-ready').length > 0;
  const claim = `at least ${kept} of ${replicas} pods are ready all through a rollout`;
  const because = [
    `maxUnavailable ${String(maxUnavailable)} of ${replicas} is ${unavailable}: ${kept} stay`,
    'a pod counts as available once it is Ready for minReadySeconds',
  ];
  return ready
    ? [
        {
          id: 'cert-rollout',
          subject: undefined,
          claim,
          because,
          marginSeconds: undefined,
          assumptions: ['the new pods do become Ready', 'Ready means that the app can serve'],
          cites: [at],
        },
        handover,
      ]
    : [];
}

/** Evictions can succeed when all pods are healthy. */
function drainable(
  { pod, snapshot }: PodModel,
  workload: KubernetesObject | undefined,
): Certificate[] {
  const replicas = (workload as Deployment | undefined)?.spec.replicas;
  const budgets = snapshot
    .list('PodDisruptionBudget', pod.metadata.namespace ?? 'default')
    .filter((it) => selectorMatches(it.spec.selector, pod.metadata.labels));
  const [budget] = budgets;
  if (!budget || budgets.length > 1 || replicas === undefined) return [];
  const { minAvailable, maxUnavailable } = budget.spec;
  const most =
    maxUnavailable !== undefined
      ? scaledValue(maxUnavailable, replicas, true)
      : replicas - (scaledValue(minAvailable ?? 0, replicas, true) ?? replicas);
  if (most === undefined || most < 1) return [];
  return [
    {
      id: 'cert-drainable',
      subject: budget.metadata.name,
      claim: 'a node drain can evict the pod',
      because: [
        `the only budget of the pod, ${budget.metadata.name}, allows ${most} disruption` +
          `${most === 1 ? '' : 's'} of ${replicas} healthy pods`,
      ],
      marginSeconds: undefined,
      assumptions: ['its replacement fits on another node', 'all pods are healthy'],
      cites: [field(budget).spec],
    },
  ];
}

/** At most one pod holds an ordinal. */
function once(
  { gracePeriodSeconds, at }: PodModel,
  workload: KubernetesObject | undefined,
): Certificate[] {
  if (workload?.kind !== 'StatefulSet' || gracePeriodSeconds < 1) return [];
  return [
    {
      id: 'cert-once',
      subject: undefined,
      claim: 'no two pods of one ordinal run at the same time',
      because: [
        'a StatefulSet makes a pod anew only when the old object is gone',
        'the object goes after its containers have stopped, as the grace period is not 0',
      ],
      marginSeconds: undefined,
      assumptions: ['nobody force deletes pods', 'a lost node is fenced before its pods are'],
      cites: [at.spec.terminationGracePeriodSeconds],
    },
  ];
}
