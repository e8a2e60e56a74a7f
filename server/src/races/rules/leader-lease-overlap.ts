/** A leader's lease that outlives its pod. */
import { formatSeconds } from '../../explanation/index.ts';
import { parseWindow, type PodContainer } from '../../lifecycle/index.ts';
import { each } from '../../manifest/index.ts';
import { replicaRange } from '../facts/replicas.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const ELECTS = /^--(?:enable-)?leader-elect(?:ion)?(?:=true)?$/;
const LEASE = /^--leader-elect(?:ion)?-lease-duration=(.+)$/;
const RELEASES = /^--leader-elect(?:ion)?-release-on-cancel(?:=true)?$/;

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
