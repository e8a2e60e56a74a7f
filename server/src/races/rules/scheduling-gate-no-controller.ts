/** A scheduling gate that nobody declared takes away. */
import { each, field } from '../../manifest/index.ts';
import type { Prediction } from '../../prediction/index.ts';
import { isRecorded } from '../facts/recorded.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** Gates whose controllers are well known, by what their names and images have in common. */
const KNOWN: readonly (readonly [RegExp, RegExp])[] = [
  [/(^|\.|-)kueue(\.|$)/, /kueue/],
  [/^kueue\.x-k8s\.io\//, /kueue/],
];

export default defineRaceRule({
  id: 'scheduling-gate-no-controller',
  severity: 'error',
  basis: 'source',
  summary: 'A pod with a scheduling gate is not scheduled until somebody removes the gate.',
  why: `
    The scheduler leaves a pod with schedulingGates out of its queue. Gates can only be removed, by a
    controller or by hand; where nobody does, the pod is SchedulingGated for ever.
  `,
  remedy: 'Remove the gate, or declare the controller that does.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go' }],
  replay: {
    by: 'scheduling',
    lost: (story) => {
      const gates = story.workload.pod?.spec.schedulingGates ?? [];
      const owned = gates.every(({ name }) => KNOWN.some(([names]) => names.test(name)));
      // A controller that is known removes its gate.
      return !owned && story.placements().some((it) => it.gated !== undefined);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: train }
        spec:
          schedulingGates: [{ name: example.com/quota }]
        #                           ^^^^^^^^^^^^^^^^^ the pod is not scheduled until somebody removes this gate
          containers: [{ name: app, image: "registry.example/train:1" }]
      `,
    ],
    safe: [
      // Kueue removes its gate when there is quota.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: train }
        spec:
          schedulingGates: [{ name: kueue.x-k8s.io/admission }]
          containers: [{ name: app, image: "registry.example/train:1" }]
      `,
    ],
  },

  *find(workload, prediction) {
    const { pod } = workload;
    if (!pod || isRecorded(workload)) return;
    const closed = prediction.config.world === 'closed';
    for (const [gate, at] of each(field(pod).spec.schedulingGates)) {
      const owner = KNOWN.find(([names]) => names.test(gate.name))?.[1];
      if (owner && (!closed || runs(owner, prediction))) continue;
      yield {
        at: at.name,
        message: closed
          ? 'no declared controller removes this gate: the pod is never scheduled'
          : 'the pod is not scheduled until somebody removes this gate',
        ...(closed
          ? {}
          : {
              severity: 'information' as const,
              certainty: 'assumed' as const,
              restsOn: 'who removes it, which these files do not say',
            }),
        fixes: [
          {
            title: 'Remove the gates',
            changes: [{ at: field(pod).spec.schedulingGates, value: undefined }],
          },
        ],
      };
      return;
    }
  },
});

function runs(image: RegExp, { workloads }: Prediction): boolean {
  return workloads.some((it) => it.pod?.spec.containers.some((c) => image.test(c.image ?? '')));
}
