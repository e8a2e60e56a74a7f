/**
 * The Events of a pod as `kubectl describe` lists them, each at the step that records it. Followed:
 * pkg/kubelet/kuberuntime (containers), pkg/kubelet/images (pulls), pkg/scheduler (binding),
 * pkg/controller/nodelifecycle and pkg/controller/tainteviction (a lost node). Left out: how long a pull took and how large the image is, which nobody can say before.
 */
import type { LifecycleEvent } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { PodEventView } from '../../protocol/index.ts';

/** The Events that a step of the pod's life records. */
export type PodEvents = (event: LifecycleEvent) => readonly PodEventView[];

/** Since this minor version a container's Events name it in the column, not in the message. */
const NAMELESS_SINCE = 35;

export function podEventsOf(workload: WorkloadPrediction): PodEvents {
  const { pod, prediction, namespace } = workload;
  if (!pod) return () => [];
  const { spec } = pod;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const images = new Map(containers.map((it) => [it.name, it.image ?? '']));
  const running = containers.filter((it) => !isRunToEnd(it, spec.initContainers));
  const minor = Number(prediction.config.kubernetesVersion.split('.')[1] ?? NAMELESS_SINCE);
  const node = prediction.placementOf(pod)?.nodeName;
  const name = pod.metadata.name || `${pod.metadata.generateName ?? ''}xxxxx`;
  return ({ id, actor }) => {
    const [step, container = ''] = split(id);
    switch (step) {
      case 'bound':
        return node === undefined
          ? []
          : [normal('Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`)];
      case 'image-ready':
        return [
          normal('Pulled', `Successfully pulled image "${images.get(container) ?? ''}" in …`),
        ];
      case 'started':
        return startedEvents(container, minor);
      case 'killing':
        return running.map((it) => normal('Killing', `Stopping container ${it.name}`));
      case 'node-not-ready':
        return [{ type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' }];
      case 'deletion-marked':
        // By the taint manager, as the node is lost; clients record none.
        return actor === 'controller'
          ? [normal('TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`)]
          : [];
      default:
        return [];
    }
  };
}

function startedEvents(container: string, minor: number): readonly PodEventView[] {
  return minor >= NAMELESS_SINCE
    ? [normal('Created', 'Container created'), normal('Started', 'Container started')]
    : [
        normal('Created', `Created container: ${container}`),
        normal('Started', `Started container ${container}`),
      ];
}

interface Restarting {
  readonly restartPolicy?: string | undefined;
}

/** An init container that is no sidecar has ended before anybody deletes a running pod. */
function isRunToEnd<T extends Restarting>(container: T, inits: readonly T[] | undefined): boolean {
  return (inits?.includes(container) ?? false) && container.restartPolicy !== 'Always';
}

/** `started:app` in its two halves. */
function split(id: string): readonly [string, string?] {
  const at = id.indexOf(':');
  return at === -1 ? [id] : [id.slice(0, at), id.slice(at + 1)];
}

function normal(reason: string, message: string): PodEventView {
  return { type: 'Normal', reason, message };
}
