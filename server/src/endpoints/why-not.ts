/**
 * Why a Service has no endpoints, fewer than one would think, or one of its ports leads nowhere.
 * The verdicts are the controller's (reconcile.ts); what is near and what to change is ours.
 */
import type { Explanation } from '../explanation/index.ts';
import {
  each,
  field,
  fieldAt,
  type Citable,
  type FieldCursor,
  type Node,
  type Pod,
  type Service,
} from '../manifest/index.ts';
import {
  declaredPorts,
  findPort,
  protocolOf,
  targetPortOf,
  type ServicePort,
} from './find-port.ts';
import {
  editDistance,
  labelDistance,
  labelMismatches,
  type LabelMismatch,
} from './label-distance.ts';
import { isPodReady, isPodTerminal, shouldPodBeInEndpoints } from './pod-status.ts';
import { hasManagedSlices, isHeadless, serviceSelects } from './reconcile.ts';

/** A reason, and how much it weighs. */
export interface WhyNot extends Explanation {
  /** Kebab-case, stable. */
  readonly code:
    | 'external-name'
    | 'no-selector'
    | 'selector-matches-nothing'
    | 'selector-matches-elsewhere'
    | 'port-name-not-found'
    | 'port-protocol-differs'
    | 'port-not-declared'
    | 'pod-not-ready'
    | 'pod-terminating'
    | 'pod-without-address'
    | 'pod-terminal'
    | 'node-missing';
  /** `fault`: traffic has nowhere to go. `note`: as it should be, or only for now. */
  readonly weight: 'fault' | 'note';
}

/** Everything that keeps pods of the world from being endpoints of the Service, ports in order. */
export function whyNot(service: Service, pods: readonly Pod[], nodes: readonly Node[]): WhyNot[] {
  const unmanaged = whyUnmanaged(service);
  if (unmanaged) return [unmanaged];
  const selected = pods.filter((it) => serviceSelects(service, it));
  if (selected.length === 0) return [whyNoneSelected(service, pods)];
  const reasons: WhyNot[] = [];
  for (const [port, at] of each(field(service).spec.ports)) {
    reasons.push(...whyPortLeadsNowhere(service, port, at, selected));
  }
  for (const pod of selected) reasons.push(...whyPodIsNotReady(service, pod, nodes));
  return reasons;
}

function whyUnmanaged(service: Service): WhyNot | undefined {
  if (hasManagedSlices(service)) return undefined;
  const { spec } = field(service);
  if (service.spec?.type === 'ExternalName') {
    return {
      code: 'external-name',
      weight: 'note',
      message:
        `DNS answers with an alias for ${service.spec?.externalName ?? ''}; an ExternalName` +
        ' Service has no EndpointSlices, and its selector and ports are not used',
      cites: [spec.type, spec.externalName],
    };
  }
  return {
    code: 'no-selector',
    weight: 'note',
    message:
      'Without a selector no EndpointSlices are made: whoever runs what is behind it writes them,' +
      ` with the label kubernetes.io/service-name: ${service.metadata.name}`,
    cites: [spec.selector],
  };
}

function whyNoneSelected(service: Service, pods: readonly Pod[]): WhyNot {
  const selector = service.spec?.selector ?? {};
  const namespace = service.metadata.namespace || 'default';
  const cites: Citable[] = [field(service).spec.selector];
  const here = pods.filter((it) => (it.metadata.namespace || 'default') === namespace);
  const elsewhere = pods.find(
    (it) => !here.includes(it) && labelMismatches(selector, it.metadata.labels).length === 0,
  );
  if (elsewhere) {
    return {
      code: 'selector-matches-elsewhere',
      weight: 'fault',
      message:
        `The selector matches no pod of the namespace ${namespace}, but` +
        ` ${elsewhere.metadata.name} of ${elsewhere.metadata.namespace || 'default'}:` +
        ' a Service only selects in its own namespace',
      cites: [...cites, field(elsewhere).metadata.labels],
    };
  }
  const near = nearest(selector, here);
  if (!near) {
    const message = `The selector matches no pod: the namespace ${namespace} has none`;
    return { code: 'selector-matches-nothing', weight: 'fault', message, cites };
  }
  const [mismatch] = near.mismatches;
  const keys = Object.keys(selector);
  const hasOne = ({ metadata }: Pod) => keys.some((it) => metadata.labels?.[it] !== undefined);
  if (!here.some(hasOne) && near.mismatches.every((it) => it.nearKey === undefined)) {
    const message =
      `The selector matches no pod: none in the namespace ${namespace} has a label` +
      ` ${keys.join(' or ')}`;
    return { code: 'selector-matches-nothing', weight: 'fault', message, cites };
  }
  return {
    code: 'selector-matches-nothing',
    weight: 'fault',
    message:
      `The selector matches no pod; the nearest is ${near.pod.metadata.name}: ` +
      near.mismatches.map(describeMismatch).join(', and '),
    cites: [
      fieldAt(service, ['spec', 'selector', mismatch?.key ?? '']),
      ...near.mismatches.map((it) =>
        fieldAt(near.pod, ['metadata', 'labels', it.nearKey ?? it.key]),
      ),
    ],
  };
}

function nearest(selector: Readonly<Record<string, string>>, pods: readonly Pod[]) {
  let best: { pod: Pod; mismatches: LabelMismatch[]; distance: number } | undefined;
  for (const pod of pods) {
    const mismatches = labelMismatches(selector, pod.metadata.labels);
    const distance = labelDistance(mismatches);
    if (!best || distance < best.distance) best = { pod, mismatches, distance };
  }
  return best;
}

function describeMismatch({ key, wanted, found, nearKey }: LabelMismatch): string {
  if (nearKey !== undefined) return `it has ${nearKey}: ${wanted} where ${key} is asked for`;
  if (found === undefined) return `it has no label ${key}, and ${wanted} is asked for`;
  return `its ${key} is ${found}, not ${wanted}`;
}

function* whyPortLeadsNowhere(
  service: Service,
  port: ServicePort,
  at: FieldCursor<ServicePort>,
  selected: readonly Pod[],
): Generator<WhyNot> {
  const target: number | string | undefined = targetPortOf(port);
  // Half-typed: that the port is missing is said by admission.
  if (target === undefined) return;
  if (typeof target === 'number') {
    yield* whyNumberIsDoubtful(service, port, target, at, selected);
    return;
  }
  const without = selected.filter((it) => findPort(it, port) === undefined);
  const [pod] = without;
  if (!pod) return;
  const protocol = protocolOf(port);
  const some = without.length < selected.length;
  const who = some ? `${pod.metadata.name} has` : 'no pod has';
  const sameName = [...declaredPorts(pod)].find((it) => it.port.name === target);
  if (sameName) {
    const found = protocolOf(sameName.port);
    yield {
      code: 'port-protocol-differs',
      weight: 'fault',
      message:
        `The port ${target} of ${pod.metadata.name} is ${found}, and the Service asks for` +
        ` ${protocol}`,
      cites: [at.protocol, sameName.at.protocol],
    };
    return;
  }
  const near = [...declaredPorts(pod)]
    .filter((it) => it.port.name)
    .toSorted(
      (a, b) => editDistance(a.port.name ?? '', target) - editDistance(b.port.name ?? '', target),
    )
    .at(0);
  yield {
    code: 'port-name-not-found',
    weight: 'fault',
    message:
      `${who} a ${protocol} port named ${target}` +
      (near ? `; ${pod.metadata.name} has ${near.port.name} (${near.port.containerPort})` : '') +
      ', so the port is left out of the slices',
    cites: [at.targetPort, ...(near ? [near.at.name] : [field(pod).spec.containers])],
  };
}

/** Nobody checks a number; that no container declares it is only a hint. */
function* whyNumberIsDoubtful(
  service: Service,
  port: ServicePort,
  target: number,
  at: FieldCursor<ServicePort>,
  selected: readonly Pod[],
): Generator<WhyNot> {
  const protocol = protocolOf(port);
  for (const pod of selected) {
    const declared = [...declaredPorts(pod)];
    if (declared.length === 0) continue;
    if (
      declared.some((it) => it.port.containerPort === target && protocolOf(it.port) === protocol)
    ) {
      return;
    }
  }
  const pod = selected.find((it) => [...declaredPorts(it)].length > 0);
  if (!pod) return;
  const numbers = [...declaredPorts(pod)].map((it) => it.port.containerPort).join(', ');
  const headless = isHeadless(service)
    ? '; clients of a headless Service pick the port themselves'
    : '';
  yield {
    code: 'port-not-declared',
    weight: 'note',
    message:
      `${pod.metadata.name} declares ${numbers} and not ${target}/${protocol}; the number is used` +
      ` all the same, and works if a process listens there${headless}`,
    cites: [at.targetPort, ...[...declaredPorts(pod)].map((it) => it.at.containerPort)],
  };
}

function* whyPodIsNotReady(service: Service, pod: Pod, nodes: readonly Node[]): Generator<WhyNot> {
  const { name } = pod.metadata;
  const status = field(pod).status;
  // A pod that no status was declared of is yet to run: nothing is known against it.
  if (pod.status?.phase === undefined) return;
  if (isPodTerminal(pod)) {
    const message = `${name} has ended (${pod.status.phase}) and is no endpoint`;
    yield { code: 'pod-terminal', weight: 'note', message, cites: [status.phase] };
    return;
  }
  if (!shouldPodBeInEndpoints(pod)) {
    const placed = Boolean(pod.spec?.nodeName);
    const message = placed
      ? `${name} has no address yet`
      : `${name} has no address: no node has it`;
    const weight = placed ? 'note' : 'fault';
    yield { code: 'pod-without-address', weight, message, cites: [status.podIPs] };
    return;
  }
  const publishes = service.spec?.publishNotReadyAddresses === true;
  const nodeName = pod.spec?.nodeName;
  if (!publishes && !nodes.some((it) => it.metadata.name === nodeName)) {
    const why = nodeName ? `its node ${nodeName} does not exist` : 'no node has it';
    const message = `${name} is left out: ${why}`;
    yield { code: 'node-missing', weight: 'fault', message, cites: [field(pod).spec.nodeName] };
    return;
  }
  if (publishes) return;
  if (pod.metadata.deletionTimestamp !== undefined) {
    const message = `${name} is terminating: it keeps open connections and gets no new ones`;
    const at = field(pod).metadata.deletionTimestamp;
    yield { code: 'pod-terminating', weight: 'note', message, cites: [at] };
  } else if (!isPodReady(pod)) {
    const message = `${name} is not Ready`;
    yield { code: 'pod-not-ready', weight: 'note', message, cites: [status.conditions] };
  }
}
