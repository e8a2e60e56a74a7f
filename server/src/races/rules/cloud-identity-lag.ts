/** Calls of a cloud's API in a pod's first seconds, before the agent of its identity knows the pod. */
import { parseShellScript, type PodContainer, type PodModel } from '../../lifecycle/index.ts';
import { field, type Citable } from '../../manifest/index.ts';
import { slowest } from '../facts/clients.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

export default defineRaceRule({
  id: 'cloud-identity-lag',
  severity: 'information',
  basis: 'documentation',
  summary: 'An init container asks the cloud before its identity is there.',
  why: `
    Where a pod gets its cloud identity from an agent of the node (workload identity of GKE and its
    like), the agent knows a pod by its address, and the address is in the API only when the kubelet has
    written it, after the first container has started. Calls in the first seconds are refused or
    answered for the node's own account. Libraries try again; command-line tools often do not.
  `,
  remedy: 'Wait for the metadata server with a bound before the first call, or try the call again.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' },
    { path: 'pkg/kubelet/status/status_manager.go' },
  ],
  replay: { by: 'clients', lost: isLeftAlone },
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
      witness: [
        { at: 0, text: `${init.name} starts`, moment: `cri:StartContainer:${init.name}` },
        {
          at: 0,
          text: `${init.program} asks for the pod's identity, and is refused`,
          moment: 'client:refused',
        },
        {
          at: 0,
          text: `it does not ask again: ${init.name} ends with an error`,
          moment: 'client:gave-up',
        },
        { at: 0, text: 'the kubelet writes the address of the pod', moment: 'status:podIP' },
        {
          at: slowest(model, 'p.watch'),
          text: "the node's agent hears of the pod",
          moment: 'agent:knows',
        },
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

/** An init container that calls the cloud is refused, and nothing in it asks again. */
function isLeftAlone(story: ReplayStory): boolean {
  const { model, workload, prediction } = story;
  const name = model.pod.spec.serviceAccountName ?? 'default';
  const account = prediction.snapshot.get('ServiceAccount', workload.namespace, name);
  // Without the annotation the node answers for itself, at any time.
  const hasAgent = account?.metadata.annotations?.[IDENTITY] !== undefined;
  return model.inits.some(({ name: init, container }) => {
    const text = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
    if (!PROGRAMS.test(text)) return false;
    const script = container.command?.[1] === '-c' ? (container.command[2] ?? '') : text;
    const loops = /^(?:until|while)$/.test(parseShellScript(script).compound ?? '');
    const life = story.live();
    const contact = {
      name: init,
      calls: life.at(`cri:StartContainer:${init}`),
      known: hasAgent ? life.at('status:podIP') + slowest(model, 'p.watch') : 0,
      ...(loops ? { retrySeconds: 1 } : {}),
    } as const;
    return story.firstContact(contact, life.entries).has('client:gave-up');
  });
}
