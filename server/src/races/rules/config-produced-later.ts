/** A Secret that a controller writes at a time of its own. */
import { field } from '../../manifest/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { configReferences, producerOf } from '../facts/config-references.ts';
import { madeAfter } from '../facts/config-replays.ts';

/** How long the controller takes, in the witness and where it is played. */
const WRITTEN_AFTER = 30;

export default defineRaceRule({
  id: 'config-produced-later',
  severity: 'information',
  basis: 'source',
  summary: 'A pod waits for a Secret that a controller writes at a time of its own.',
  why: `
    The pod and the resource the Secret is made of are created at the same time. Until its controller
    has written the Secret, the kubelet makes no container and mounts no volume; it tries again, at
    longer and longer intervals for a volume. Only the progress deadline of a rollout can run out.
  `,
  remedy:
    'Nothing need be changed; apply the resource before the pods where the wait is in the way.',
  upstream: [{ path: 'pkg/kubelet/kubelet_pods.go' }, { path: 'pkg/volume/secret/secret.go' }],
  replay: {
    by: 'apply',
    lost(story) {
      const { trace } = story.applied({ made: madeAfter(story.workload, WRITTEN_AFTER) });
      return trace.has('event:FailedMount') || trace.has('event:Failed::not found');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: { name: web }
        #                 ^^^ related: it is made of this
        spec: { secretName: web-tls }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers: [{ name: app, image: 'registry.example/web:1' }]
          volumes: [{ name: tls, secret: { secretName: web-tls } }]
        #                                              ^^^^^^^ Secret web-tls is written by a controller (Certificate web): until then the pod waits (ContainerCreating, FailedMount)
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Secret
        metadata: { name: web-tls }
        type: kubernetes.io/tls
        stringData: { tls.crt: certificate, tls.key: key }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers: [{ name: app, image: 'registry.example/web:1' }]
          volumes: [{ name: tls, secret: { secretName: web-tls } }]
      `,
    ],
  },

  *find({ pod, namespace, prediction }) {
    if (!pod) return;
    const told = new Set<string>();
    for (const reference of configReferences(pod)) {
      const { kind, name, optional, by, at } = reference;
      if (optional || prediction.snapshot.get(kind, namespace, name) || told.has(name)) continue;
      const producer = producerOf(reference, namespace, prediction.snapshot);
      if (!producer) continue;
      told.add(name);
      const state = by === 'env' ? 'CreateContainerConfigError' : 'ContainerCreating, FailedMount';
      yield {
        at,
        message: `${kind} ${name} is written by a controller (${producer.kind} ${producer.metadata.name}): until then the pod waits (${state})`,
        certainty: 'assumed',
        restsOn: `that the controller of ${producer.kind} runs`,
        related: [{ message: 'it is made of this', at: field(producer).metadata.name }],
        witness: [
          {
            at: 0,
            text: `${producer.kind} ${producer.metadata.name} is created`,
            moment: `kubectl:created:${producer.kind} ${producer.metadata.name}`,
          },
          {
            at: WRITTEN_AFTER,
            text: `its controller writes ${kind} ${name}; the pod has waited`,
            moment: `api:put:${kind} ${name}`,
          },
        ],
      };
    }
  },
});
