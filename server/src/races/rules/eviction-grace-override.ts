/** Soft evictions: the grace period is the node's, and that is 0 unless it is set. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { kubeletFacts } from '../facts/kubelet-config.ts';
import { isCutShort, lasting } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The replay's choice: a process that goes on for so long after SIGTERM. */
const DRAIN_SECONDS = 10;
/** A container has so long after its hook, whatever is left of the grace period. */
const MINIMUM_SECONDS = 2;

export default defineRaceRule({
  id: 'eviction-grace-override',
  severity: 'information',
  basis: 'source',
  summary: 'A soft eviction ends the pod after 1 second, whatever its grace period is.',
  why: `
    At a soft eviction the smaller of the pod's grace period and the kubelet's
    evictionMaxPodGracePeriod counts. That is 0 unless somebody sets it, which the kubelet takes as
    1 second: the hook has 1 second, and SIGKILL comes 2 seconds after SIGTERM.
  `,
  remedy:
    'Set evictionMaxPodGracePeriod where evictionSoft is set, and request the memory that is used.',
  upstream: [{ path: 'pkg/kubelet/eviction/eviction_manager.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const facts = kubeletFacts(story.prediction);
      if (!facts?.hasSoftEviction) return false;
      const soft = {
        gracePeriodSeconds: facts.softEvictionGraceSeconds,
        maxPodGracePeriodSeconds: facts.evictionMaxPodGraceSeconds,
      };
      const life = story.live({
        nodeActions: [{ do: 'pressure', when: 'ready', plus: 2, soft }],
        apps: lasting(story, DRAIN_SECONDS),
      });
      return isCutShort(story, life, life.at('node:evict'));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 60
        #                                ^^ a soft eviction leaves this pod 1s of its 1m: hook and drain are cut
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 20 } } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        #                 ^^^^^^^^^^^^^^ related: evictionSoft and evictionMaxPodGracePeriod are set here
        data:
          kubelet: |
            evictionSoft: { memory.available: 500Mi }
            evictionSoftGracePeriod: { memory.available: 1m }
      `,
    ],
    safe: [
      // The kubelet gives as much as the pod asks for: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 60
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 20 } } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        data:
          kubelet: |
            evictionSoft: { memory.available: 500Mi }
            evictionSoftGracePeriod: { memory.available: 1m }
            evictionMaxPodGracePeriod: 60
      `,
    ],
  },

  *find(workload, prediction) {
    const { model, pod } = workload;
    const facts = kubeletFacts(prediction);
    if (!model || !pod || !facts?.hasSoftEviction || !isLongRunning(workload)) return;
    const given = Math.max(1, facts.evictionMaxPodGraceSeconds);
    const isCritical = (pod.spec.priority ?? 0) >= 2_000_000_000;
    if (given >= model.gracePeriodSeconds || isCritical || pod.status?.qosClass === 'Guaranteed')
      return;
    const draining = model.mains.some(
      (it) => it.preStop.kind !== 'none' || it.app.drainSeconds.declared,
    );
    if (!draining && workload.kind !== 'StatefulSet') return;
    const hook = Math.min(given, ...model.mains.map((it) => it.preStop.seconds.earliest));
    yield {
      at: field(model.pod).spec.terminationGracePeriodSeconds,
      message: `a soft eviction leaves this pod ${formatSeconds(given)} of its ${formatSeconds(model.gracePeriodSeconds)}: hook and drain are cut`,
      certainty: 'bounded',
      restsOn: 'a node that reaches its soft threshold',
      related: [
        { message: 'evictionSoft and evictionMaxPodGracePeriod are set here', at: facts.at },
      ],
      witness: [
        {
          at: 0,
          text: 'the soft threshold has been met for its time: the pod is evicted',
          moment: 'node:evict',
        },
        { at: hook, text: 'SIGTERM', moment: 'app:signal::SIGTERM' },
        {
          at: hook + Math.max(MINIMUM_SECONDS, given - hook),
          text: 'SIGKILL, if the process is still there',
          moment: 'app:signal::SIGKILL',
        },
      ],
    };
  },
});
