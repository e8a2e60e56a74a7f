/** A pod with clients that ends itself at a fixed time. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** A look of the kubelet that comes soon after the deadline. */
const LOOK_SECONDS = 0.1;

export default defineRaceRule({
  id: 'pod-active-deadline-on-service',
  severity: 'warning',
  basis: 'source',
  summary: 'A pod that a Service sends clients to ends itself at its deadline.',
  why: `
    activeDeadlineSeconds counts from the moment the kubelet took the pod, image pulls and init containers
    included. At its end the pod is Failed with reason DeadlineExceeded, and nothing makes another.
  `,
  remedy: 'Remove activeDeadlineSeconds, and run the server in a Deployment.',
  upstream: [{ path: 'pkg/kubelet/active_deadline.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const deadline = story.workload.pod?.spec.activeDeadlineSeconds ?? 0;
      const life = story.live({ until: deadline + 100 });
      const stops = life.at('app:signal::SIGTERM');
      const served = life.has('endpoints:endpoint::"ready":true');
      return served && stops > 0 && Number.isNaN(life.after(stops, 'ready'));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          activeDeadlineSeconds: 3600
        #                        ^^^^ 1h after the kubelet took it the pod is stopped and Failed, with no replacement for the clients of web
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
    safe: [
      // Nobody is sent to it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          activeDeadlineSeconds: 3600
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
  },

  *find({ kind, pod, services }) {
    const seconds = pod?.spec.activeDeadlineSeconds;
    const [service] = services;
    if (kind !== 'Pod' || !pod || seconds === undefined || !service) return;
    if (pod.metadata.ownerReferences?.some((it) => it.controller)) return;
    const at = field(pod).spec.activeDeadlineSeconds;
    yield {
      at,
      message: `${formatSeconds(seconds)} after the kubelet took it the pod is stopped and Failed, with no replacement for the clients of ${service.metadata.name}`,
      witness: [
        { at: 0, text: 'the kubelet takes the pod: the clock starts', moment: 'status:phase' },
        {
          at: seconds + LOOK_SECONDS,
          text: 'the kubelet, which looks once a second, sees DeadlineExceeded: SIGTERM, and the pod is Failed',
          moment: 'app:signal::SIGTERM',
        },
      ],
      fixes: [{ title: 'Remove activeDeadlineSeconds', changes: [{ at, value: undefined }] }],
    };
  },
});
