/** Who waits for whom before it is Ready: init containers and readiness probes that ask a Service. */
import { isHeadless } from '../../endpoints/index.ts';
import type { PodModel } from '../../lifecycle/index.ts';
import { each, type Citable, type Service } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { probesOf } from './probes.ts';
import { serviceOfHost } from './service-names.ts';
import { servedWorkloads } from './services.ts';
import { contactsIn, expanded, waitsOf, type Contact } from './waits.ts';

/** One workload cannot be Ready before another is. */
export interface Dependency {
  readonly from: WorkloadPrediction;
  readonly to: WorkloadPrediction;
  readonly by: 'init' | 'readiness';
  /** The init container or the probed one. */
  readonly container: string;
  readonly host: string;
  readonly at: Citable;
}

/** The declared workloads whose pods a Service selects. */
export function ownersBehind(
  service: Service,
  prediction: Prediction,
): readonly WorkloadPrediction[] {
  return servedWorkloads(prediction).find((it) => it.service === service)?.workloads ?? [];
}

/** Whether what is asked of a Service is answered only while one of its pods is Ready. */
export function waitsForReady({ dnsOnly }: Contact, service: Service): boolean {
  if (service.spec.publishNotReadyAddresses === true) return false;
  // The name of a Service with a cluster IP is there from the start.
  return !dnsOnly || isHeadless(service);
}

/** All dependencies of the declared workloads on one another; where it is not one it is left out. */
export function dependencies(prediction: Prediction): readonly Dependency[] {
  const found: Dependency[] = [];
  for (const from of prediction.workloads) {
    const { model } = from;
    if (!model) continue;
    for (const asked of [...initContacts(model), ...readinessContacts(model)]) {
      const service = serviceOfHost(asked.host, from.namespace, model.snapshot);
      if (!service || !waitsForReady(asked, service)) continue;
      const [to, ...others] = ownersBehind(service, prediction);
      if (!to || others.length > 0 || to === from) continue;
      const { by, container, host, at } = asked;
      found.push({ from, to, by, container, host, at });
    }
  }
  return found;
}

type Asked = Contact & Pick<Dependency, 'by' | 'container' | 'at'>;

function initContacts(model: PodModel): readonly Asked[] {
  return model.inits.flatMap((it) =>
    waitsOf(it).map((wait) => ({ ...wait, by: 'init' as const, container: it.name })),
  );
}

/** What the readiness probes of a pod ask of other hosts. */
export function readinessContacts(model: PodModel): readonly Asked[] {
  return [...model.mains, ...model.sidecars].flatMap((it) =>
    probesOf(it)
      .filter(({ kind }) => kind === 'readiness')
      .flatMap(({ probe, at }): Asked[] => {
        const own = { by: 'readiness' as const, container: it.name };
        const host = probe.httpGet?.host ?? probe.tcpSocket?.host;
        if (host) {
          const place = probe.httpGet ? at.httpGet.host : at.tcpSocket.host;
          return [{ ...own, host, port: undefined, dnsOnly: false, at: place }];
        }
        const words = [...each(at.exec.command)];
        const text = expanded(words.map(([word]) => word).join(' '), it.container);
        return contactsIn(text).flatMap((contact) => {
          const place = words.find(([word]) => word.includes(contact.host))?.[1];
          return place ? [{ ...own, ...contact, at: place }] : [];
        });
      }),
  );
}
