/** A configuration file mounted by subPath: it stays as it was when the container started. */
import { each, type Citable, type FieldCursor, type Volume } from '../../manifest/index.ts';
import type { PodModel } from '../../lifecycle/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { isVersionedName, restartsOnChange } from '../facts/config-changes.ts';
import { producerOf } from '../facts/config-references.ts';
import { edited, OLD } from '../facts/config-replays.ts';
import { allContainers, isLongRunning } from '../facts/workloads.ts';

/** When the object is changed after the pod's arrival, in the witness and where it is played. */
const CHANGED_AT = 60;

export default defineRaceRule({
  id: 'subpath-no-update',
  severity: 'information',
  basis: 'source',
  summary: 'A file mounted by subPath does not follow its ConfigMap or Secret.',
  why: `
    The kubelet replaces the files of a configuration volume by a symbolic link to a new directory. A
    subPath is mounted from the directory that was there when the container started, and stays with it
    until the container is made anew.
  `,
  remedy: 'Mount the whole volume at a directory, or replace the pods when the object changes.',
  upstream: [
    { path: 'pkg/volume/util/subpath/subpath_linux.go' },
    { path: 'pkg/volume/util/atomic_writer.go' },
  ],
  replay: {
    by: 'configuration',
    lost(story) {
      const { workload, model } = story;
      const plan = edited(workload, { at: CHANGED_AT });
      const { trace, views } = story.configured({ ...plan, until: CHANGED_AT + 120 });
      // What each lasting container shows in the end, once the change has had its time.
      return [...model.sidecars, ...model.mains].some(({ name }) => {
        const last = views.findLast((it) => it.files && it.container === name);
        return trace.has('api:put') && JSON.stringify(last?.files ?? {}).includes(`"${OLD}"`);
      });
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
              volumeMounts:
                - { name: config, mountPath: /etc/web.conf, subPath: web.conf }
        #                                                            ^^^^^^^^ app keeps web.conf as it was at its start: a change of ConfigMap web is not seen until it is restarted
          volumes: [{ name: config, configMap: { name: web } }]
        #                   ^^^^^^ related: the volume
      `,
      // The certificate is renewed every two months.
      yaml`
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: { name: web }
        spec: { secretName: web-tls }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              volumeMounts:
                - { name: tls, mountPath: /etc/tls.crt, subPath: tls.crt }
        #                                                        ^^^^^^^ app keeps tls.crt as it was at its start: when Certificate web is renewed, it goes on with the old one until it is restarted
          volumes: [{ name: tls, secret: { secretName: web-tls } }]
        #                   ^^^ related: the volume
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              volumeMounts: [{ name: config, mountPath: /etc/web }]
          volumes: [{ name: config, configMap: { name: web } }]
      `,
      // Data is no configuration.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              volumeMounts: [{ name: data, mountPath: /var/lib/web, subPath: web }]
          volumes: [{ name: data, emptyDir: {} }]
      `,
    ],
  },

  *find(workload) {
    const { model, namespace, prediction } = workload;
    if (!model || !isLongRunning(workload) || restartsOnChange(workload)) return;
    const told = new Set<string>();
    for (const { at, name, role } of allContainers(model)) {
      if (role === 'init') continue;
      for (const [mount, place] of each(at.volumeMounts)) {
        const path = mount.subPath ?? mount.subPathExpr;
        const source = path ? sourceOf(mount.name, model) : undefined;
        if (!source || isVersionedName(source.name) || told.has(source.what)) continue;
        const object = source.kind && prediction.snapshot.get(source.kind, namespace, source.name);
        if (object?.immutable === true) continue;
        told.add(source.what);
        const producer =
          source.kind &&
          producerOf({ kind: source.kind, name: source.name }, namespace, prediction.snapshot);
        yield {
          at: mount.subPath ? place.subPath : place.subPathExpr,
          message: producer
            ? `${name} keeps ${path} as it was at its start: when ${producer.kind} ${producer.metadata.name} is renewed, it goes on with the old one until it is restarted`
            : `${name} keeps ${path} as it was at its start: a change of ${source.what} is not seen until it is restarted`,
          ...(producer ? { severity: 'warning' as const } : {}),
          related: [{ message: 'the volume', at: source.at }],
          witness: source.kind
            ? [
                {
                  at: 0,
                  text: `the pod comes to its node; ${name} is given ${path} as it is`,
                  moment: 'api:create',
                },
                {
                  at: CHANGED_AT,
                  text: `${source.what} is changed: the volume follows, the mounted ${path} does not`,
                  moment: `api:put:${source.what}`,
                },
              ]
            : [],
        };
      }
    }
  },
});

interface Source {
  readonly kind: 'ConfigMap' | 'Secret' | undefined;
  readonly name: string;
  readonly what: string;
  readonly at: Citable;
}

/** What a configuration volume is filled from; undefined for other volumes. */
function sourceOf(name: string, model: PodModel): Source | undefined {
  const volumes: Iterable<readonly [Volume, FieldCursor<Volume>]> = each(model.at.spec.volumes);
  for (const [volume, at] of volumes) {
    if (volume.name !== name) continue;
    const { configMap, secret, projected } = volume;
    if (configMap?.name) {
      return {
        kind: 'ConfigMap',
        name: configMap.name,
        what: `ConfigMap ${configMap.name}`,
        at: at.name,
      };
    }
    if (secret?.secretName) {
      const what = `Secret ${secret.secretName}`;
      return { kind: 'Secret', name: secret.secretName, what, at: at.name };
    }
    if (projected) return { kind: undefined, name, what: `volume ${name}`, at: at.name };
  }
  return undefined;
}
