/** A probe that asks the pod through the Service which the probe is to open. */
import { serviceSelects, targetPortOf } from '../../endpoints/index.ts';
import { probeNumbers, type PodContainer } from '../../lifecycle/index.ts';
import { each, field, type Citable, type Service } from '../../manifest/index.ts';
import { ownersBehind } from '../facts/dependencies.ts';
import { probesOf, type PlacedProbe } from '../facts/probes.ts';
import { neverServes } from '../facts/first-install.ts';
import { serviceOfHost } from '../facts/service-names.ts';
import { contactsIn, expanded } from '../facts/waits.ts';
import { lastingContainers } from '../facts/workloads.ts';
import {
  defineRaceRule,
  yaml,
  type FieldChange,
  type RaceFix,
  type WitnessStep,
} from '../race-rule.ts';

export default defineRaceRule({
  id: 'readiness-via-own-service',
  severity: 'error',
  basis: 'source',
  summary: 'A probe asks the Service that has no endpoint before the probe succeeds.',
  why: `
    A Service sends connections to pods that are Ready. A startup or readiness probe that goes through
    the pod's own Service needs a Ready pod to make one. While another pod serves it succeeds, but then
    it tells nothing of the pod it is asked for.
  `,
  remedy:
    'Probe the pod itself: httpGet, tcpSocket or grpc without a host, or localhost in a command.',
  upstream: [
    { path: 'pkg/kubelet/prober/prober.go' },
    { path: 'staging/src/k8s.io/endpointslice/utils.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => neverServes(story),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe:
                exec: { command: [curl, -f, 'http://web.default.svc/healthz'] }
        #                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the readiness probe of app asks Service web, which has no endpoint before one of these pods is Ready: the first pod never is
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80 }] }
        #       ^^^^^^^^ related: selects these pods
      `,
      // A probe of the host in the field for it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
              readinessProbe:
                httpGet:
                  host: web.default.svc
        #               ^^^^^^^^^^^^^^^ the readiness probe of app asks Service web, which has no endpoint before one of these pods is Ready: the first pod never is
                  port: 80
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
        #       ^^^^^^^^ related: selects these pods
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe:
                exec: { command: [curl, -f, 'http://localhost:8080/healthz'] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80 }] }
      `,
      // Addresses are published before the pod is Ready.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe:
                exec: { command: [curl, -f, 'http://web.default.svc/healthz'] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80 }], publishNotReadyAddresses: true }
      `,
    ],
  },

  *find(workload, prediction) {
    const { model } = workload;
    if (!model) return;
    for (const container of lastingContainers(model)) {
      for (const placed of probesOf(container)) {
        if (placed.kind === 'liveness') continue;
        for (const { host, at } of hostsOf(container, placed)) {
          const service = serviceOfHost(host, workload.namespace, model.snapshot);
          if (!service || !serviceSelects(service, model.pod)) continue;
          if (service.spec.publishNotReadyAddresses === true) continue;
          const others = ownersBehind(service, prediction).some((it) => it !== workload);
          yield {
            at,
            message: others
              ? `the ${placed.kind} probe of ${container.name} asks Service ${service.metadata.name}, which others answer as well: it does not tell whether this pod can serve`
              : `the ${placed.kind} probe of ${container.name} asks Service ${service.metadata.name}, which has no endpoint before one of these pods is Ready: the first pod never is`,
            ...(others ? { severity: 'warning' as const } : {}),
            fixes: askItself(placed, service),
            related: [{ message: 'selects these pods', at: field(service).spec.selector }],
            witness: others ? [] : witnessOf(`${workload.name}/${container.name}`, placed, host),
          };
          break;
        }
      }
    }
  },
});

/** From one probe to another: a startup probe that fails so often has the container killed. */
function witnessOf(
  whose: string,
  { kind, probe }: PlacedProbe,
  host: string,
): readonly WitnessStep[] {
  const { period, failureThreshold } = probeNumbers(probe);
  const refused = `cri:ExecSync.end:${whose}:1`;
  const asks = {
    at: 0,
    text: `the ${kind} probe asks ${host}: no endpoint, refused`,
    moment: refused,
  };
  if (kind === 'startup') {
    const killed = 'its last failure: the container is killed, and starts anew';
    const at = (failureThreshold - 1) * period;
    return [asks, { at, text: killed, moment: `event:Killing:${whose}` }];
  }
  const again = 'it asks in vain again, as at each probe: the pod is never Ready';
  return [asks, { at: period, text: again, moment: refused }];
}

/** The hosts a probe names. */
function hostsOf(
  { container }: PodContainer,
  { probe, at }: PlacedProbe,
): readonly { readonly host: string; readonly at: Citable }[] {
  if (probe.httpGet?.host) return [{ host: probe.httpGet.host, at: at.httpGet.host }];
  if (probe.tcpSocket?.host) return [{ host: probe.tcpSocket.host, at: at.tcpSocket.host }];
  const words = [...each(at.exec.command)];
  const text = expanded(words.map(([it]) => it).join(' '), container);
  return contactsIn(text).flatMap(({ host }) => {
    const place = words.find(([it]) => it.includes(host))?.[1];
    return place ? [{ host, at: place }] : [];
  });
}

/** Without a host the kubelet asks the pod, at the port that the Service would lead to. */
function askItself(
  { probe, at }: PlacedProbe,
  { spec, metadata: { name } }: Service,
): readonly RaceFix[] {
  const handler = probe.httpGet?.host
    ? at.httpGet
    : probe.tcpSocket?.host
      ? at.tcpSocket
      : undefined;
  if (!handler) return [];
  const asked = probe.httpGet?.port ?? probe.tcpSocket?.port;
  const port = spec.ports?.find((it) => it.port === asked);
  const target = port && targetPortOf(port);
  const changes: FieldChange[] = [{ at: handler.host, value: undefined }];
  if (target !== undefined && target !== asked) changes.push({ at: handler.port, value: target });
  return [{ title: `Ask the pod itself, not Service ${name}`, changes }];
}
