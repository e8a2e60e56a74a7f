/** What a LimitRange puts into containers that say nothing, and what follows. */
import { looksLikeJvm } from '../../lifecycle/index.ts';
import { field, unitsOf, type Container, type LimitRange } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

const MI = 1024 * 1024;
/** A virtual machine with little more than its own code. */
const SMALL_JVM_BYTES = 256 * MI;

export default defineRaceRule({
  id: 'limitrange-surprise',
  severity: 'warning',
  basis: 'source',
  summary: 'A LimitRange gives the container limits that its manifest does not show.',
  why: `
    Admission writes the defaults of the namespace's LimitRange into every container without its own
    limits when the pod is created. A limit below the container's own request makes every pod invalid;
    a small one gets the container killed or throttled.
  `,
  remedy: 'Write requests and limits into the container.',
  upstream: [{ path: 'plugin/pkg/admission/limitranger/admission.go' }],
  replay: {
    by: 'admission',
    lost: (story) => {
      const stored = story.pods()[0]?.spec.containers ?? [];
      const refused = story.workload.pods.some((it) => !it.admission.allowed);
      return (
        refused ||
        stored.some((it) => {
          const limit = it.resources?.limits?.['memory'];
          const written = writtenContainer(story.workload, it.name)?.resources?.limits?.['memory'];
          const isJvm = looksLikeJvm(it.image ?? '', [...(it.command ?? []), ...(it.args ?? [])]);
          return limit !== undefined && written === undefined && isJvm;
        })
      );
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: LimitRange
        metadata: { name: defaults }
        spec:
          limits:
        # ^^^^^^ related: the default comes from here
            - type: Container
              default: { memory: 128Mi }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
        #               ^^^ LimitRange defaults gives it a memory limit of 128Mi that it does not write: a Java virtual machine may be killed while it boots
                  image: eclipse-temurin:21
      `,
      yaml`
        apiVersion: v1
        kind: LimitRange
        metadata: { name: defaults }
        spec:
          limits:
        # ^^^^^^ related: the default comes from here
            - type: Container
              default: { memory: 512Mi }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
        #               ^^^ requests 1Gi of memory, and LimitRange defaults gives it a limit of 512Mi: every pod is refused
                  image: registry.example/web:1
                  resources: { requests: { memory: 1Gi } }
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: LimitRange
        metadata: { name: defaults }
        spec:
          limits:
            - type: Container
              default: { memory: 128Mi }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: eclipse-temurin:21
                  resources: { requests: { memory: 512Mi }, limits: { memory: 512Mi } }
      `,
      // A request of as much as the default limit is a pod with a limit.
      yaml`
        apiVersion: v1
        kind: LimitRange
        metadata: { name: defaults }
        spec:
          limits:
            - type: Container
              default: { cpu: "1" }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              resources: { requests: { cpu: "1" }, limits: { cpu: "1" } }
      `,
    ],
  },

  *find(workload) {
    const { model, prediction, namespace } = workload;
    const ranges = prediction.snapshot.list('LimitRange', namespace);
    if (!model || ranges.length === 0) return;
    for (const { name, at, container } of model.mains) {
      const written = writtenContainer(workload, name);
      if (!written) continue;
      const found = ranges.map((it) => surprise(written, container, it)).find((it) => it);
      if (!found) continue;
      const { finding, range, missing } = found;
      const limits = { ...written.resources?.limits, ...missing };
      const title = `Write ${Object.values(missing ?? {}).join()} as its limit, too`;
      yield {
        at: at.name,
        ...finding,
        fixes: missing ? [{ title, changes: [{ at: at.resources.limits, value: limits }] }] : [],
        related: [{ message: 'the default comes from here', at: field(range).spec.limits }],
      };
    }
  },
});

/** The container as the workload's own object has it: without what pods are given on creation. */
function writtenContainer(
  { manifest, templatePath }: WorkloadPrediction,
  name: string,
): Container | undefined {
  let at: unknown = manifest.object;
  for (const step of [...templatePath, 'spec', 'containers']) {
    at = (at as Record<string, unknown> | undefined)?.[step];
  }
  return Array.isArray(at) ? (at as Container[]).find((it) => it?.name === name) : undefined;
}

interface Surprise {
  readonly finding: Omit<RaceFinding, 'at'>;
  readonly range: LimitRange;
  /** The limit that would have to be written. */
  readonly missing?: Readonly<Record<string, string | number>>;
}

function surprise(written: Container, stored: Container, range: LimitRange): Surprise | undefined {
  const defaults = range.spec?.limits?.find((it) => it.type === 'Container')?.default ?? {};
  const { name } = range.metadata;
  for (const [resource, limit] of Object.entries(defaults)) {
    if (written.resources?.limits?.[resource] !== undefined) continue;
    const wanted = written.resources?.requests?.[resource];
    if (wanted !== undefined && unitsOf(wanted) > unitsOf(limit)) {
      const message = `requests ${wanted} of ${resource}, and LimitRange ${name} gives it a limit of ${limit}: every pod is refused`;
      return {
        finding: { message, severity: 'error' },
        range,
        missing: { [resource]: wanted },
      };
    }
    if (resource !== 'memory') continue;
    const jvm = looksLikeJvm(stored.image ?? '', [
      ...(stored.command ?? []),
      ...(stored.args ?? []),
    ]);
    const small = jvm && unitsOf(limit) <= SMALL_JVM_BYTES;
    const message = `LimitRange ${name} gives it a memory limit of ${limit} that it does not write${small ? ': a Java virtual machine may be killed while it boots' : ''}`;
    const severity = small ? 'warning' : 'information';
    const restsOn = 'how much memory the app needs';
    return { finding: { message, severity, certainty: 'assumed', restsOn }, range };
  }
  return undefined;
}
