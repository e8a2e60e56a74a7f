/** maxUnavailable of a StatefulSet, whose feature gate is off. */
import { field, type StatefulSet } from '../../manifest/index.ts';
import { countOf } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'statefulset-maxunavailable-ignored',
  severity: 'warning',
  basis: 'source',
  summary: 'A StatefulSet replaces one pod at a time, whatever maxUnavailable says.',
  why: `
    The field belongs to the feature gate MaxUnavailableStatefulSet, which is off by default up to 1.36.
    The API server accepts the manifest and drops the field, and the controller replaces one pod at a time.
  `,
  remedy: 'Remove the field, and count on one pod at a time.',
  upstream: [{ path: 'pkg/controller/statefulset/stateful_set_control.go' }],
  replay: {
    by: 'rollout',
    lost: (story) => {
      const written = story.workload.manifest.object as Partial<StatefulSet>;
      const wanted = written.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
      const rollout = story.rollout();
      return wanted !== 1 && rollout?.minReady === story.workload.replicas - 1;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 9
          updateStrategy:
            rollingUpdate:
              maxUnavailable: 3
        #                     ^ maxUnavailable 3 has no effect: an update replaces the 9 pods one at a time
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 9
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
      `,
      // One at a time is what happens.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 9
          updateStrategy:
            rollingUpdate:
              maxUnavailable: 1
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
      `,
    ],
  },

  *find({ kind, object, manifest, replicas }) {
    if (kind !== 'StatefulSet') return;
    const set = object as unknown as StatefulSet;
    const written = manifest.object as Partial<StatefulSet>;
    const value = written.spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
    if (value === undefined || value === 1) return;
    const at = field(set).spec.updateStrategy.rollingUpdate.maxUnavailable;
    yield {
      at,
      message: `maxUnavailable ${value} has no effect: an update replaces ${replicas > 1 ? `the ${countOf(replicas, 'pod')}` : 'the pod'} one at a time`,
      certainty: 'assumed',
      restsOn: 'that the feature gate MaxUnavailableStatefulSet is off, as it is by default',
      fixes: [{ title: 'Remove maxUnavailable', changes: [{ at, value: undefined }] }],
    };
  },
});
