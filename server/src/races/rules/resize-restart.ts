/** A resize in place that restarts a container with clients. */
import type { PodModel } from '../../lifecycle/index.ts';
import { each, milliUnitsOf } from '../../manifest/index.ts';
import { exited } from '../facts/replays.ts';
import { replicaRange } from '../facts/replicas.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'resize-restart',
  severity: 'information',
  basis: 'source',
  summary: 'A change of its resources restarts the container while clients are sent to it.',
  why: `
    With resizePolicy RestartContainer a resize in place stops the container and starts it again. The pod
    is not deleted, so nobody takes it out of the endpoints first: connections are refused until readiness
    fails, and until the app listens again.
  `,
  remedy: 'Use restartPolicy NotRequired, at least for CPU; and more than one replica.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { workload, model } = story;
      const resize = { do: 'resize', when: 'ready', plus: 2, patch: doubled(model) } as const;
      const apps = Object.fromEntries(model.mains.map((it) => [it.name, { onTerm: 'exit:1' }]));
      const life = story.live({ actions: [resize], apps, until: 60 });
      const leaves = life.after(life.at('api:resize'), 'endpoints:endpoint::"ready":false');
      return (
        workload.services.length > 0 &&
        model.mains.some(
          (it) => life.has(`app:exit:${it.name}`) && !(leaves <= exited(life, it.name)),
        )
      );
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
              ports: [{ containerPort: 8080 }]
              resources: { requests: { cpu: 200m } }
              resizePolicy:
                - resourceName: cpu
                  restartPolicy: RestartContainer
        #                        ^^^^^^^^^^^^^^^^ a resize of cpu restarts app while clients are sent to it, and there is no other replica
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
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
              ports: [{ containerPort: 8080 }]
              resources: { requests: { cpu: 200m } }
              resizePolicy:
                - resourceName: cpu
                  restartPolicy: NotRequired
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model) return;
    for (const container of model.mains.filter((it) => it.serves)) {
      for (const [policy, at] of each(container.at.resizePolicy)) {
        if (policy.restartPolicy !== 'RestartContainer') continue;
        const alone = replicaRange(workload).least === 1 ? ', and there is no other replica' : '';
        yield {
          at: at.restartPolicy,
          message: `a resize of ${policy.resourceName} restarts ${container.name} while clients are sent to it${alone}`,
          certainty: 'assumed',
          restsOn: 'that somebody resizes the pod in place',
          witness: [
            {
              at: 0,
              text: `somebody changes the ${policy.resourceName} of the pod`,
              moment: 'api:resize',
            },
            {
              at: 0,
              text: `SIGTERM to ${container.name}, which is an endpoint still`,
              moment: `app:signal:${container.name}:SIGTERM`,
            },
            {
              at: 1,
              text: `it has ended a second later and is started again: until it listens, connections are refused`,
              moment: `cri:StartContainer:${container.name}:"attempt":1`,
            },
          ],
          fixes: [
            {
              title: 'Resize without a restart',
              changes: [{ at: at.restartPolicy, value: 'NotRequired' }],
            },
          ],
        };
      }
    }
  },
});

/** The resources of all containers, twice as much of each. */
function doubled({ mains }: PodModel) {
  const twice = (list: Readonly<Record<string, string | number>> = {}) =>
    Object.fromEntries(
      Object.entries(list).map(([name, it]) => [name, `${2 * milliUnitsOf(it)}m`]),
    );
  const containers = mains.map(({ name, container: { resources } }) => ({
    name,
    resources: { requests: twice(resources?.requests), limits: twice(resources?.limits) },
  }));
  return { spec: { containers } };
}
