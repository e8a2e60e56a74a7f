/** Many processes under one memory limit: the kernel kills them together. */
import { parseImageName, programName, type PodContainer } from '../../lifecycle/index.ts';
import { unitsOf } from '../../manifest/index.ts';
import { kubeletFacts } from '../facts/kubelet-config.ts';
import { minorVersion } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

const MI = 1024 * 1024;
const TIGHT_BYTES = 256 * MI;
/** The witness: a parent and four workers, and a request to one of them; bytes, seconds. */
const PROCESS_BYTES = 32 * MI;
const REST_BYTES = 5 * PROCESS_BYTES;
const REQUEST_AT = 10;
const REQUEST_BYTES = 97 * MI;
const ALLOCATED_BYTES = 500 * MI;
/** Servers that are a parent and its workers. */
const FORKS = /^(gunicorn|uwsgi|unicorn|php-fpm|postgres|postgresql|celery|httpd|apache2)$/;

export default defineRaceRule({
  id: 'oom-group-kill',
  severity: 'information',
  basis: 'source',
  summary: 'When one worker needs too much memory, all processes of the container are killed.',
  why: `
    On cgroup v2 the kubelet marks a container as one group for the out-of-memory killer (since 1.28). One
    request that allocates too much ends the parent and every worker by SIGKILL: no hook, no drain, and
    clients are sent there until readiness fails.
  `,
  remedy:
    "Leave room for the worst request of every worker, or set the kubelet's singleProcessOOMKill.",
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container_linux.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model, prediction } = story;
      const process = { start: PROCESS_BYTES };
      const busy = {
        ...process,
        from: REQUEST_AT,
        perSecond: ALLOCATED_BYTES,
        upTo: PROCESS_BYTES + REQUEST_BYTES,
      };
      const processes = [process, process, process, process, busy];
      const apps = Object.fromEntries(
        model.mains.map((it) => [it.name, { memory: { processes } }]),
      );
      const life = story.live({
        apps,
        kubelet: kubeletFacts(prediction)?.options,
        until: 2 * REQUEST_AT,
      });
      return model.mains.some((it) => life.has(`app:exit:${it.name}:oom`));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              command: [gunicorn, --workers, "4", app:app]
              resources: { limits: { memory: 256Mi } }
        #                                    ^^^^^ one worker of gunicorn that allocates too much takes all of them with it: together they have 256Mi
              ports: [{ containerPort: 8000 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8000 }]
      `,
    ],
    safe: [
      // The kernel takes the one worker alone.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              command: [gunicorn, --workers, "4", app:app]
              resources: { limits: { memory: 256Mi } }
              ports: [{ containerPort: 8000 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8000 }]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        data:
          kubelet: |
            singleProcessOOMKill: true
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              command: [gunicorn, --workers, "4", app:app]
              resources: { limits: { memory: 257Mi } }
              ports: [{ containerPort: 8000 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8000 }]
      `,
    ],
  },

  *find(workload, prediction) {
    const { model } = workload;
    if (!model || minorVersion(workload) < 28) return;
    for (const it of model.mains) {
      const program = forks(it);
      const limit = it.container.resources?.limits?.['memory'];
      if (!it.serves || !program || limit === undefined || unitsOf(limit) > TIGHT_BYTES) continue;
      if (kubeletFacts(prediction)?.options.singleProcessOOMKill) return;
      const place = it.at.resources.limits as unknown as Record<string, typeof it.at.name>;
      yield {
        at: place['memory'] ?? it.at.name,
        message: `one worker of ${program} that allocates too much takes all of them with it: together they have ${limit}`,
        certainty: 'assumed',
        restsOn: 'nodes with cgroup v2, and a request that takes so much',
        witness: unitsOf(limit) < REST_BYTES ? [] : witness(it.name, unitsOf(limit)),
      };
    }
  },
});

function forks({ container }: PodContainer): string | undefined {
  const program = container.command?.length
    ? programName(container.command[0])
    : parseImageName(container.image ?? '').name;
  return FORKS.test(program) ? program : undefined;
}

function witness(name: string, limit: number): readonly WitnessStep[] {
  return [
    {
      at: 0,
      text: `${name} starts: a parent and 4 workers, each with 32Mi`,
      moment: `cri:StartContainer:${name}`,
    },
    {
      at: REQUEST_AT + (limit - REST_BYTES) / ALLOCATED_BYTES,
      text: 'a request makes one worker allocate 97Mi: the kernel kills the parent and every worker',
      moment: `app:exit:${name}:oom`,
    },
  ];
}
