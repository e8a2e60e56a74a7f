/** An immutable object whose name has no version: the next release needs the name again. */
import { field } from '../../manifest/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { isVersionedName } from '../facts/config-changes.ts';
import { configReferences } from '../facts/config-references.ts';
import { OLD, released, REPLACEMENT } from '../facts/config-replays.ts';

/** In seconds after the first pod's arrival; another comes to its node so long after the release. */
const RELEASED_AT = 60;
const POD_AFTER = 30;

export default defineRaceRule({
  id: 'immutable-config-recreated',
  severity: 'information',
  basis: 'source',
  summary:
    'An immutable object under a fixed name can only be changed by deleting it, and nodes keep the old one.',
  why: `
    An immutable ConfigMap or Secret cannot be edited. Deleted and created again under its name, it is
    another object; but a kubelet stops watching an immutable one, and serves its copy as long as any
    pod of the node uses it. New pods then read the old content on one node and the new on another.
  `,
  remedy: 'Put a version or hash into the name, and name the new object in the pod template.',
  upstream: [{ path: 'pkg/kubelet/util/manager/watch_based_manager.go' }],
  replay: {
    by: 'configuration',
    lostInWorld: (world) =>
      world.prediction.workloads.some((workload) => {
        const plan = released(workload, RELEASED_AT, POD_AFTER);
        const { views } = world.of(workload)?.configured({ ...plan, until: 120 }) ?? { views: [] };
        return views.some(
          (it) => it.pod === REPLACEMENT && JSON.stringify(it).includes(`"${OLD}"`),
        );
      }),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        #                 ^^^ related: the name has no version
        immutable: true
        #          ^^^^ a change of ConfigMap web needs another object, and its name has no version: made anew under the same name, nodes that still run a pod with it go on with the old content
        data: { LOG_LEVEL: info }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              envFrom: [{ configMapRef: { name: web } }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web-v2 }
        immutable: true
        data: { LOG_LEVEL: info }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              envFrom: [{ configMapRef: { name: web-v2 } }]
      `,
      yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        data: { LOG_LEVEL: info }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              envFrom: [{ configMapRef: { name: web } }]
      `,
    ],
  },

  *findInWorld({ snapshot, workloads }) {
    const used = new Set(
      workloads.flatMap(({ pod, namespace }) =>
        pod ? configReferences(pod).map((it) => `${it.kind}/${namespace}/${it.name}`) : [],
      ),
    );
    for (const kind of ['ConfigMap', 'Secret'] as const) {
      for (const object of snapshot.list(kind)) {
        const { name, namespace = 'default' } = object.metadata;
        if (object.immutable !== true || isVersionedName(name)) continue;
        if (!used.has(`${kind}/${namespace}/${name}`)) continue;
        const at = field(object);
        yield {
          at: at.immutable,
          message: `a change of ${kind} ${name} needs another object, and its name has no version: made anew under the same name, nodes that still run a pod with it go on with the old content`,
          related: [{ message: 'the name has no version', at: at.metadata.name }],
          certainty: 'assumed',
          restsOn: 'that the next release uses the name again',
          witness: [
            {
              at: 0,
              text: `${kind} ${name} is deleted and made anew, with other content`,
              moment: `api:put:${kind} ${name}`,
            },
            {
              at: POD_AFTER,
              text: 'a new pod comes to a node where an old one still runs: it is served the old content',
              moment: `api:create`,
            },
          ],
        };
      }
    }
  },
});
