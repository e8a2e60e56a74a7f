/** Many processes under one memory limit: the kernel kills them together. */
import { parseImageName, programName, type PodContainer } from '../../lifecycle/index.ts';
import { unitsOf } from '../../manifest/index.ts';
import { minorVersion } from '../facts/shutdown.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const MI = 1024 * 1024;
const TIGHT_BYTES = 256 * MI;
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

  *find(workload) {
    const { model } = workload;
    if (!model || minorVersion(workload) < 28) return;
    for (const it of model.mains) {
      const program = forks(it);
      const limit = it.container.resources?.limits?.['memory'];
      if (!it.serves || !program || limit === undefined || unitsOf(limit) > TIGHT_BYTES) continue;
      const place = it.at.resources.limits as unknown as Record<string, typeof it.at.name>;
      yield {
        at: place['memory'] ?? it.at.name,
        message: `one worker of ${program} that allocates too much takes all of them with it: together they have ${limit}`,
        certainty: 'assumed',
        restsOn: 'nodes with cgroup v2, and a request that takes so much',
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
