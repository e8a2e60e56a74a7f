/** A leader's lease that outlives its pod. */
import { formatSeconds } from '../../explanation/index.ts';
import { parseWindow, type PodContainer } from '../../lifecycle/index.ts';
import { each } from '../../manifest/index.ts';
import { DELETED_LATE } from '../facts/clients.ts';
import { lasting } from '../facts/replays.ts';
import { replicaRange } from '../facts/replicas.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

const ELECTS = /^--(?:enable-)?leader-elect(?:ion)?(?:=true)?$/;
const LEASE = /^--leader-elect(?:ion)?-lease-duration=(.+)$/;
const RELEASES = /^--leader-elect(?:ion)?-release-on-cancel(?:=true)?$/;
/** RetryPeriod of the package's users, seconds: kube-controller-manager, controller-runtime. */
const RETRY_SECONDS = 2;

export default defineRaceRule({
  id: 'leader-lease-overlap',
  severity: 'information',
  basis: 'source',
  summary: 'After the end of the leader nobody leads until its lease has run out.',
  why: `
    A leader that is killed, or that does not release its lease at SIGTERM, leaves it behind. The other
    replicas wait for the whole lease duration, even when the pod and its replacement are long there.
  `,
  remedy: 'Release the lease on SIGTERM (ReleaseOnCancel), and keep the lease short.',
  upstream: [{ path: 'staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go' }],
  replay: {
    by: 'clients',
    lost: (story) => story.model.mains.some((it) => leadsTooLate(story, it)),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: operator }
        spec:
          replicas: 2
          selector: { matchLabels: { app: operator } }
          template:
            metadata: { labels: { app: operator } }
            spec:
              containers:
                - name: manager
                  image: registry.example/operator:1
                  args:
                    - --leader-elect
                    - --leader-elect-lease-duration=137s
        #             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a lease that is not released lasts for 2m 17s: longer than the old pod needs to end and the next one to boot (40s), and nobody leads until then
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: operator }
        spec:
          replicas: 2
          selector: { matchLabels: { app: operator } }
          template:
            metadata: { labels: { app: operator } }
            spec:
              containers:
                - name: manager
                  image: registry.example/operator:1
                  args:
                    - --leader-elect
                    - --leader-elect-lease-duration=15s
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: operator }
        spec:
          replicas: 2
          selector: { matchLabels: { app: operator } }
          template:
            metadata: { labels: { app: operator } }
            spec:
              containers:
                - name: manager
                  image: registry.example/operator:1
                  args:
                    - --leader-elect
                    - --leader-elect-release-on-cancel=true
                    - --leader-elect-lease-duration=137s
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model || replicaRange(workload).least < 2) return;
    for (const container of model.mains) {
      const args = [...(container.container.command ?? []), ...(container.container.args ?? [])];
      if (!args.some((it) => ELECTS.test(it)) || args.some((it) => RELEASES.test(it))) continue;
      const lease = leaseOf(container);
      const boot = container.app.listenSeconds.value.latest;
      if (!lease || !Number.isFinite(boot)) continue;
      const together = model.gracePeriodSeconds + boot;
      if (lease.seconds <= together) continue;
      yield {
        at: lease.at,
        message: `a lease that is not released lasts for ${formatSeconds(lease.seconds)}: longer than the old pod needs to end and the next one to boot (${formatSeconds(together)}), and nobody leads until then`,
        certainty: 'assumed',
        restsOn: 'that the leader does not release its lease',
        witness: [
          {
            at: 0,
            text: `SIGTERM to the leader: it leads no more, and leaves its lease`,
            moment: 'lease:stops-leading',
          },
          {
            at: together,
            text: 'the pod is killed by now, and the one in its place has booted; it waits, too',
            moment: 'lease:waits:the next pod',
          },
          {
            at: lease.seconds + RETRY_SECONDS,
            text: 'the lease is over: another replica sees it when it looks next, and leads',
            moment: 'lease:leads',
          },
        ],
      };
    }
  },
});

function leaseOf({ at }: PodContainer) {
  for (const list of [at.command, at.args]) {
    for (const [text, place] of each(list)) {
      const written = LEASE.exec(text)?.[1];
      const window = written === undefined ? undefined : parseWindow(written);
      if (window) return { seconds: window.latest, at: place };
    }
  }
  return undefined;
}

/** The one in the place of the leader has booted, the leader is long killed, and nobody leads. */
function leadsTooLate(story: ReplayStory, container: PodContainer): boolean {
  const args = [...(container.container.command ?? []), ...(container.container.args ?? [])];
  const lease = leaseOf(container);
  if (!lease || !args.some((it) => ELECTS.test(it))) return false;
  const life = story.live({ actions: DELETED_LATE, apps: lasting(story, Infinity) });
  const told = life.at(`app:signal:${container.name}:SIGTERM`);
  const killed = life.at(`app:signal:${container.name}:SIGKILL`);
  const booted = killed + container.app.listenSeconds.value.latest;
  const seen = story.election(
    {
      candidates: [
        { name: 'the leader', starts: 0, cancelled: told },
        { name: 'another replica', starts: 1, cancelled: Infinity },
        { name: 'the next pod', starts: booted, cancelled: Infinity },
      ],
      leaseSeconds: lease.seconds,
      retrySeconds: RETRY_SECONDS,
      releases: args.some((it) => RELEASES.test(it)),
      until: booted + lease.seconds + 60,
    },
    life.entries,
  );
  return seen.after(told, 'lease:leads') > booted;
}
