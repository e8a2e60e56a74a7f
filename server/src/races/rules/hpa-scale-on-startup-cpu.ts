/** An autoscaler on CPU that takes the boot of a JVM for load. */
import { field } from '../../manifest/index.ts';
import { looksLikeJvm } from '../../lifecycle/index.ts';
import { SYNC_SECONDS } from '../../workloads/index.ts';
import { autoscalerOf, isBlind } from '../facts/autoscalers.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** A boot as of a JVM: a core, in thousandths, for so long. */
const BOOT = { use: 1000, seconds: 60 };

export default defineRaceRule({
  id: 'hpa-scale-on-startup-cpu',
  severity: 'information',
  basis: 'source',
  summary: 'The autoscaler may take the CPU that pods burn while they boot for load.',
  why: `
    The autoscaler leaves the CPU of pods out that are not Ready yet. Without a readiness probe a pod is
    Ready as soon as its containers run, so the compiling and class loading of a boot count as load, and
    each rollout may add pods, which boot in turn.
  `,
  remedy:
    'Add a readiness probe that succeeds when the app has booted, or a stabilizationWindowSeconds for scaleUp.',
  upstream: [{ path: 'pkg/controller/podautoscaler/replica_calculator.go' }],
  replay: {
    by: 'autoscaler',
    // The pods are new, have next to nothing to do, and boot with a whole core.
    lost: (story) => {
      const apps = Object.fromEntries(
        story.model.mains.map((it) => [it.name, { startDelay: BOOT.seconds }]),
      );
      const readyAfter = story.live({ apps, until: 2 * BOOT.seconds }).at('ready');
      const played = story.autoscaling({ boot: BOOT, readyAfter, until: 3 * BOOT.seconds });
      return played?.rescales.some((it) => it.to > it.from);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: orders }
        spec:
          selector: { matchLabels: { app: orders } }
          template:
            metadata: { labels: { app: orders } }
            spec:
              containers:
                - name: app
        #               ^^^ app is Ready before it has booted, so orders counts the CPU of its boot as load: a rollout may add pods
                  image: eclipse-temurin:21-jre
                  command: [java, -jar, /app/orders.jar]
                  resources: { requests: { cpu: 200m } }
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: orders }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: orders }
          minReplicas: 2
          maxReplicas: 20
          metrics:
        # ^^^^^^^ related: scales on CPU
            - type: Resource
              resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } }
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: orders }
        spec:
          selector: { matchLabels: { app: orders } }
          template:
            metadata: { labels: { app: orders } }
            spec:
              containers:
                - name: app
                  image: eclipse-temurin:21-jre
                  command: [java, -jar, /app/orders.jar]
                  resources: { requests: { cpu: 200m } }
                  readinessProbe: { httpGet: { path: /ready, port: 8080 } }
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: orders }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: orders }
          minReplicas: 2
          maxReplicas: 20
          metrics:
            - type: Resource
              resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } }
      `,
    ],
  },

  *find(workload) {
    const autoscaler = autoscalerOf(workload);
    const { metrics = [], behavior } = autoscaler?.spec ?? {};
    if (!autoscaler || (behavior?.scaleUp?.stabilizationWindowSeconds ?? 0) > 0) return;
    const onCpu = metrics.findIndex((it) => (it.resource ?? it.containerResource)?.name === 'cpu');
    if (onCpu < 0 || isBlind(autoscaler, workload)) return;
    const mains = workload.model?.mains ?? [];
    if (mains.some((it) => it.container.readinessProbe || it.container.startupProbe)) return;
    const jvm = mains.find((it) =>
      looksLikeJvm(it.container.image ?? '', it.container.command ?? []),
    );
    if (!jvm) return;
    yield {
      at: jvm.at.name,
      message: `${jvm.name} is Ready before it has booted, so ${autoscaler.metadata.name} counts the CPU of its boot as load: a rollout may add pods`,
      certainty: 'assumed',
      restsOn: 'that it is a JVM, by its image or command',
      witness: [
        { at: 0, text: 'the first pods are created', moment: 'rollout:created' },
        {
          at: 2 * SYNC_SECONDS,
          text: `they are Ready and still boot: ${autoscaler.metadata.name} takes that for load and adds pods`,
          moment: 'autoscaler:rescaled',
        },
      ],
      related: [{ message: 'scales on CPU', at: field(autoscaler).spec.metrics }],
    };
  },
});
