/** A readiness gate whose condition nobody sets. */
import { each, field } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml, type RaceFix, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'readiness-gate-no-controller',
  severity: 'error',
  basis: 'source',
  summary: 'A pod waits for a condition that no controller sets, and so is never Ready.',
  why: `
    A pod is Ready when its containers are and the condition of every readiness gate is True. Nobody in
    Kubernetes itself sets such conditions. Without the controller that does, the pod is never an
    endpoint and a rollout stops at its progress deadline.
  `,
  remedy: 'Deploy the controller that sets the condition, or take the readiness gate out.',
  upstream: [{ path: 'pkg/kubelet/status/generate.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const gates = story.workload.pod?.spec.readinessGates ?? [];
      // A controller that the manifests show does its work.
      const set = gates.filter(({ conditionType: type }) => {
        const known = KNOWN.find((it) => it.pattern.test(type));
        return known
          ? !known.needsService || story.workload.services.length > 0
          : namedElsewhere(type, story.workload, story.prediction);
      });
      const conditions = set.map((it) => ({ type: it.conditionType, status: 'True' }));
      const patch = { status: { conditions } };
      const life = story.live({ actions: [{ do: 'patch-status', at: 5, patch }], until: 600 });
      return !life.has('ready');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          readinessGates: [{ conditionType: example.com/registered }]
        #                                   ^^^^^^^^^^^^^^^^^^^^^^ nothing that is declared sets it; without a controller that does, example.com/registered stays unset: the pod is never Ready, and a rollout does not go on
          containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          readinessGates: [{ conditionType: target-health.elbv2.k8s.aws/web }]
        #                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the AWS Load Balancer Controller sets it for pods that a Service selects, and none does: target-health.elbv2.k8s.aws/web stays unset: the pod is never Ready, and a rollout does not go on
          containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
    ],
    safe: [
      // A declared controller names the condition.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          readinessGates: [{ conditionType: example.com/registered }]
          containers: [{ name: app, image: 'registry.example/web:1' }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: registrar }
        spec:
          containers:
            - name: registrar
              image: registry.example/registrar:1
              args: [--condition=example.com/registered]
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          readinessGates: [{ conditionType: cloud.google.com/load-balancer-neg-ready }]
          containers: [{ name: app, image: 'registry.example/web:1' }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80 }] }
      `,
    ],
  },

  *find(workload, prediction) {
    const { pod } = workload;
    if (!pod) return;
    const { readinessGates } = field(pod).spec;
    for (const [{ conditionType }, at] of each(readinessGates)) {
      const isOnly = pod.spec.readinessGates?.length === 1;
      const fixes: RaceFix[] = [
        {
          title: `Remove the readiness gate ${conditionType}`,
          changes: [{ at: isOnly ? readinessGates : at, value: undefined }],
        },
      ];
      const known = KNOWN.find((it) => it.pattern.test(conditionType));
      const never = `${conditionType} stays unset: the pod is never Ready, and a rollout does not go on`;
      if (known) {
        if (!known.needsService || workload.services.length > 0) continue;
        const whom = `${known.controller} sets it for pods that a Service selects, and none does`;
        const certain = prediction.config.world === 'closed';
        yield {
          at: at.conditionType,
          message: `${whom}: ${never}`,
          witness: UNSET,
          severity: certain ? 'warning' : 'information',
          certainty: 'assumed',
          restsOn: 'that all Services of the namespace are declared',
          fixes,
        };
      } else if (!namedElsewhere(conditionType, workload, prediction)) {
        yield prediction.config.world === 'closed'
          ? {
              at: at.conditionType,
              message: `nobody declared sets it: ${never}`,
              witness: UNSET,
              fixes,
            }
          : {
              at: at.conditionType,
              message: `nothing that is declared sets it; without a controller that does, ${never}`,
              witness: UNSET,
              severity: 'information',
              certainty: 'assumed',
              restsOn: 'that the cluster has no other controllers',
              fixes,
            };
      }
    }
  },
});

/** What is seen of it. */
const UNSET: readonly WitnessStep[] = [
  {
    at: 0,
    text: 'Ready is False: ReadinessGatesNotReady',
    moment: 'status:condition::ReadinessGatesNotReady',
  },
  {
    at: 0,
    text: 'and that with all containers ready',
    moment: 'status:condition::"type":"ContainersReady","status":"True"',
  },
];

/** Conditions whose controllers come with a platform. */
const KNOWN: readonly {
  readonly pattern: RegExp;
  readonly controller: string;
  readonly needsService: boolean;
}[] = [
  {
    pattern: /^target-health\.(elbv2\.k8s\.aws|alb\.ingress\.k8s\.aws)\//,
    controller: 'the AWS Load Balancer Controller',
    needsService: true,
  },
  {
    pattern: /^cloud\.google\.com\/load-balancer-neg-ready$/,
    controller: 'the NEG controller of GKE',
    needsService: true,
  },
  { pattern: /^InPlaceUpdateReady$|\.kruise\.io\//, controller: 'OpenKruise', needsService: false },
];

/** Another workload names the condition in its command, arguments or environment. */
function namedElsewhere(
  condition: string,
  own: WorkloadPrediction,
  { workloads }: Prediction,
): boolean {
  return workloads
    .filter((it) => it !== own)
    .flatMap((it) => it.pod?.spec.containers ?? [])
    .some((it) => JSON.stringify([it.command, it.args, it.env]).includes(condition));
}
