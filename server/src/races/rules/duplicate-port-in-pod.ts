/** Two containers of one pod that declare the same port: they share one network. */
import { protocolOf } from '../../endpoints/index.ts';
import { each, type Citable } from '../../manifest/index.ts';
import { listening } from '../facts/connections.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** How long after its start a server binds its port. */
const BIND_SECONDS = 0.4;
const IN_USE = 'address already in use';

export default defineRaceRule({
  id: 'duplicate-port-in-pod',
  severity: 'warning',
  basis: 'source',
  summary: 'Two containers of a pod listen at one port: the second to bind it fails.',
  why: `
    The containers of a pod share its network. Whichever binds the port first has it; the other exits
    with "address already in use" and is restarted with back-off. After a restart of the first the
    second may win.
  `,
  remedy: 'Let each container listen at a port of its own.',
  noFix:
    'a declared number moves no listener: that one of them listens elsewhere is said in its image or its arguments',
  upstream: [{ path: 'pkg/apis/core/validation/validation.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ apps: listening(story.model, () => BIND_SECONDS), until: 60 });
      return lastingContainers(story.model).some(
        ({ name }) =>
          life.has(`app:listen:${name}:${IN_USE}`) && life.at(`cri:StartContainer:${name}`, 3) > 0,
      );
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
        #                              ^^^^ related: app has it too
            - name: metrics
              image: registry.example/metrics:1
              ports: [{ containerPort: 8080 }]
        #                              ^^^^ app and metrics both declare port 8080/TCP, and share one network: the one that binds it second fails, and is restarted again and again
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: dns }
        spec:
          containers:
            - name: udp
              image: registry.example/dns:1
              ports: [{ containerPort: 53, protocol: UDP }]
            - name: tcp
              image: registry.example/dns:1
              ports: [{ containerPort: 53, protocol: TCP }]
      `,
      // One ends before the other starts.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: setup
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    const owners = new Map<string, { readonly name: string; readonly at: Citable }>();
    for (const { name, at } of lastingContainers(model)) {
      for (const [port, place] of each(at.ports)) {
        const key = `${port.containerPort}/${protocolOf(port)}`;
        const first = owners.get(key);
        if (!first) owners.set(key, { name, at: place.containerPort });
        else if (first.name !== name) {
          yield {
            at: place.containerPort,
            message: `${first.name} and ${name} both declare port ${key}, and share one network: the one that binds it second fails, and is restarted again and again`,
            certainty: 'assumed',
            restsOn: 'that containers listen at the ports they declare',
            related: [{ message: `${first.name} has it too`, at: first.at }],
            witness: [
              { at: 0, text: `${name} starts`, moment: `cri:StartContainer:${name}` },
              {
                at: BIND_SECONDS,
                text: `it binds ${key}, which ${first.name} has: ${IN_USE}`,
                moment: `app:listen:${name}:${IN_USE}`,
              },
              {
                at: BIND_SECONDS,
                text: `${name} exits, and is restarted`,
                moment: `app:exit:${name}`,
              },
            ],
          };
        }
      }
    }
  },
});
