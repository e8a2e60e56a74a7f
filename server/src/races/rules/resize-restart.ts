/** A resize in place that restarts a container with clients. */
import { each } from '../../manifest/index.ts';
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
