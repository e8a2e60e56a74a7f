/** Calls of a cloud's API in a pod's first seconds, before the agent of its identity knows the pod. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { field, type Citable } from '../../manifest/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'cloud-identity-lag',
  severity: 'information',
  basis: 'documentation',
  summary: 'An init container asks the cloud before its identity is there.',
  why: `
    Where a pod gets its cloud identity from an agent of the node (workload identity of GKE and its
    like), the agent learns of the pod after it has started. Calls in the first seconds are refused or
    answered for the node's own account. Libraries try again; command-line tools often do not.
  `,
  remedy: 'Wait for the metadata server with a bound before the first call, or try the call again.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: web
          annotations: { iam.gke.io/gcp-service-account: web@shop.iam.gserviceaccount.com }
        #                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ related: its identity
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          serviceAccountName: web
          initContainers:
            - name: fetch
        #           ^^^^^ fetch calls the cloud as soon as it starts (gcloud), and the node's agent may not know yet that the pod is web: refused, and tried again by the kubelet only
              image: google/cloud-sdk:510.0.0
              command: [gcloud, storage, cp, gs://shop/config, /data]
          containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: web
          annotations: { iam.gke.io/gcp-service-account: web@shop.iam.gserviceaccount.com }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          serviceAccountName: web
          initContainers:
            - name: fetch
              image: google/cloud-sdk:510.0.0
              command: [sh, -c, until gcloud storage cp gs://shop/config /data; do sleep 1; done]
          containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
      // The account has no cloud identity.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: fetch
              image: google/cloud-sdk:510.0.0
              command: [gcloud, storage, cp, gs://shop/config, /data]
          containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
    ],
  },

  *find({ model, namespace, prediction }) {
    if (!model) return;
    const name = model.pod.spec.serviceAccountName ?? 'default';
    const account = prediction.snapshot.get('ServiceAccount', namespace, name);
    if (account?.metadata.annotations?.[IDENTITY] === undefined) return;
    const init = firstCall(model);
    if (!init) return;
    yield {
      at: init.at,
      message: `${init.name} calls the cloud as soon as it starts (${init.program}), and the node's agent may not know yet that the pod is ${name}: refused, and tried again by the kubelet only`,
      certainty: 'assumed',
      restsOn: 'that the identity comes from an agent of the node',
      related: [
        { message: 'its identity', at: field(account).metadata.annotations[IDENTITY] as Citable },
      ],
    };
  },
});

const IDENTITY = 'iam.gke.io/gcp-service-account';
const PROGRAMS = /(?:^|[\s/;&|])(gcloud|gsutil|bq)\s/;

function firstCall(model: PodModel) {
  for (const { name, container, at } of model.inits) {
    const program = programOf(container);
    if (program) return { name, program, at: at.name };
  }
  return undefined;
}

/** A command-line tool of the cloud that is called without another try. */
function programOf(container: PodContainer['container']): string | undefined {
  const text = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
  if (/\b(?:until|while|for|retry)\b|169\.254\.169\.254|metadata\.google/.test(text))
    return undefined;
  return PROGRAMS.exec(text)?.[1];
}
