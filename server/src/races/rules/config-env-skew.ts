/** Environment from an object that can change: replicas read it at different times. */
import { field, type Citable } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { isVersionedName, restartsOnChange } from '../facts/config-changes.ts';
import { configReferences } from '../facts/config-references.ts';
import { isLongRunning, podsText } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'config-env-skew',
  severity: 'warning',
  basis: 'source',
  summary:
    'After a change of configuration each replica takes the new value at its next restart, whenever that is.',
  why: `
    Environment variables are read when a container is made, and never again. A change of the ConfigMap
    or Secret makes no new pods: a container that crashes afterwards runs with the new value beside
    replicas that have the old one.
  `,
  remedy:
    'Put a hash of the configuration into its name or into an annotation of the pod template, so that a change rolls out.',
  upstream: [{ path: 'pkg/kubelet/kubelet_pods.go' }],
  replay: {
    by: 'nothing',
    because:
      'when a container crashes or a node drains is chance: no simulation changes an object while pods run',
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  env:
                    - name: PASSWORD
                      valueFrom: { secretKeyRef: { name: web, key: password } }
        #                                                ^^^ a change of Secret web reaches the 3 pods of Deployment web one by one, each at its next restart: until then they run with different values
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: web }
        #                 ^^^ related: it can change
        stringData: { password: hunter2 }
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { checksum/config: 5f1b7c }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  envFrom: [{ configMapRef: { name: web } }]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        data: { LOG_LEVEL: info }
      `,
      // It cannot change.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  envFrom: [{ configMapRef: { name: web } }]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        immutable: true
        data: { LOG_LEVEL: info }
      `,
    ],
  },

  *find(workload) {
    const { replicas, kind, name } = workload;
    if (!isLongRunning(workload) || replicas < 2 || restartsOnChange(workload)) return;
    const [first, ...more] = mutableObjects(workload);
    if (!first) return;
    const all = [first, ...more].map((it) => it.what);
    const list =
      all.length > 3 ? `${all.slice(0, 3).join(', ')} and ${all.length - 3} more` : all.join(', ');
    yield {
      at: first.at,
      message: `a change of ${list} reaches ${podsText(workload)} of ${kind} ${name} one by one, each at its next restart: until then they run with different values`,
      related: [{ message: 'it can change', at: first.object }],
      witness: [
        { at: 0, text: `${first.what} is changed; no pod is replaced` },
        { at: 300, text: 'one container crashes, and reads the new value' },
        { at: 300, text: 'the others have the old one' },
      ],
    };
  },
});

/** The declared objects that containers read into their environment and that can change. */
function mutableObjects({ pod, namespace, prediction }: WorkloadPrediction): readonly {
  readonly what: string;
  readonly at: Citable;
  readonly object: Citable;
}[] {
  if (!pod) return [];
  const found = new Map<string, { what: string; at: Citable; object: Citable }>();
  for (const { kind, name, by, at } of configReferences(pod)) {
    if (by !== 'env' || kind === 'PersistentVolumeClaim' || isVersionedName(name)) continue;
    const object = prediction.snapshot.get(kind, namespace, name);
    const what = `${kind} ${name}`;
    if (!object || object.immutable === true || found.has(what)) continue;
    found.set(what, { what, at, object: field(object).metadata.name });
  }
  return [...found.values()];
}
