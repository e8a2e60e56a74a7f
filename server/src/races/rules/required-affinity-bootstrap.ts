/** Required affinity to pods that cannot be there first. */
import { each, field, type Pod, type PodAffinityTerm } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { domainsFor, preferInstead, termMeans } from '../facts/affinity.ts';
import { PENDING } from '../facts/replays.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'required-affinity-bootstrap',
  severity: 'error',
  basis: 'source',
  summary: 'A pod must run beside pods that are not there, or that wait for it in turn.',
  why: `
    Required pod affinity lets a pod only onto a domain where a matching pod already is. The only
    exception is the first pod of a group that matches its own term. Two workloads that require each
    other both stay Pending.
  `,
  remedy: 'Prefer the affinity, or require it in one direction only.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/interpodaffinity/filtering.go' }],
  replay: PENDING,
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              affinity:
                podAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - labelSelector: { matchLabels: { app: cache } }
                      topologyKey: kubernetes.io/hostname
        #                          ^^^^^^^^^^^^^^^^^^^^^^ its pods must run beside those of Deployment cache, which must run beside them: neither is ever the first, all stay Pending
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: cache }
        spec:
          selector: { matchLabels: { app: cache } }
          template:
            metadata: { labels: { app: cache } }
            spec:
              affinity:
                podAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - labelSelector: { matchLabels: { app: web } }
                      topologyKey: kubernetes.io/hostname
        #                          ^^^^^^^^^^^^^^^^^^^^^^ its pods must run beside those of Deployment web, which must run beside them: neither is ever the first, all stay Pending
              containers: [{ name: app, image: "registry.example/cache:1" }]
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          affinity:
            podAffinity:
              requiredDuringSchedulingIgnoredDuringExecution:
                - labelSelector: { matchLabels: { app: cache } }
                  topologyKey: kubernetes.io/hostname
        #                      ^^^^^^^^^^^^^^^^^^^^^^ no workload in these files has the labels its pods must run beside: without one they stay Pending
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      // The first pod of a group that matches itself may go anywhere.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              affinity:
                podAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - labelSelector: { matchLabels: { app: web } }
                      topologyKey: kubernetes.io/hostname
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      // In one direction only.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          affinity:
            podAffinity:
              requiredDuringSchedulingIgnoredDuringExecution:
                - labelSelector: { matchLabels: { app: cache } }
                  topologyKey: kubernetes.io/hostname
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: cache, labels: { app: cache } }
        spec:
          containers: [{ name: app, image: "registry.example/cache:1" }]
      `,
    ],
  },

  *find(workload, prediction) {
    const { pod } = workload;
    if (!pod || workload.kind === 'DaemonSet') return;
    const terms = field(pod).spec.affinity.podAffinity;
    for (const [term, at] of each(terms.requiredDuringSchedulingIgnoredDuringExecution)) {
      const found = stuck(term, workload, pod, prediction);
      if (!found) continue;
      yield { at: at.topologyKey, fixes: [preferInstead(pod, 'podAffinity')], ...found };
      return;
    }
  },
});

function stuck(
  term: PodAffinityTerm,
  workload: WorkloadPrediction,
  pod: Pod,
  prediction: Prediction,
): Omit<RaceFinding, 'at'> | undefined {
  const { usesDefaultNodes } = prediction.world.declared;
  const key = term.topologyKey;
  if (!usesDefaultNodes && domainsFor(workload, key).size === 0) {
    return { message: `no node it may use has the label ${key}: the pod stays Pending` };
  }
  if (termMeans(term, pod, pod) !== false) return undefined;
  const others = prediction.workloads.filter((it) => it.subject !== workload.subject && it.pod);
  const meant = others.filter((it) => it.pod && termMeans(term, pod, it.pod) !== false);
  if (meant.length === 0) {
    const open = prediction.config.world === 'open';
    return {
      message: `no workload${open ? ' in these files' : ''} has the labels its pods must run beside: without one they stay Pending`,
      ...(open
        ? {
            severity: 'information' as const,
            certainty: 'assumed' as const,
            restsOn: 'that no other files or cluster objects have such pods',
          }
        : {}),
    };
  }
  // Each of them waits for this one: nobody is the first.
  if (!meant.every((it) => requires(it, pod))) return undefined;
  return {
    message: `its pods must run beside those of ${meant.map(nameOf).join(' and ')}, which must run beside them: neither is ever the first, all stay Pending`,
  };
}

/** Whether a workload's pods require the given pod and nothing else would do. */
function requires({ pod, prediction, subject }: WorkloadPrediction, target: Pod): boolean {
  const terms =
    pod?.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (!pod) return false;
  return terms.some(
    (term) =>
      termMeans(term, pod, target) === true &&
      termMeans(term, pod, pod) === false &&
      prediction.workloads
        .filter((it) => it.subject !== subject && it.pod)
        .every((it) => it.pod === target || (it.pod && termMeans(term, pod, it.pod) === false)),
  );
}
