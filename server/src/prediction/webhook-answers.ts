/**
 * Whether somebody answers for the webhooks that a request is shown to. What they answer is not
 * predicted: here they allow everything.
 * After staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/{generic,validating}. Left out:
 * webhooks outside the cluster, and those whose Service or pods nobody declares: they answer.
 */
import { webhooksFor } from '../admission/index.ts';
import { namespaceOf, type ClusterSnapshot } from '../cluster/index.ts';
import { hasManagedSlices, reconcileEndpointSlices } from '../endpoints/index.ts';
import type { KubernetesObject, Pod } from '../manifest/index.ts';

/** Why a create request is refused; undefined where all of its webhooks are answered for. */
export function refusalOfWebhooks(
  object: KubernetesObject,
  snapshot: ClusterSnapshot,
  running: readonly Pod[],
): string | undefined {
  const { kind = '', apiVersion = '' } = object;
  const namespace = namespaceOf(object);
  const request = { kind, apiVersion, namespace, object, snapshot, warn: () => undefined };
  const silent = webhooksFor(request).find(
    ({ failurePolicy, configuration, name }) =>
      failurePolicy === 'Fail' && !isAnswered(configuration, name, snapshot, running),
  );
  return (
    silent &&
    `Internal error occurred: failed calling webhook "${silent.name}": failed to call webhook: connection refused`
  );
}

function isAnswered(
  configuration: KubernetesObject,
  name: string,
  snapshot: ClusterSnapshot,
  running: readonly Pod[],
): boolean {
  const { webhooks = [] } = configuration as {
    readonly webhooks?: readonly {
      readonly name?: string;
      readonly clientConfig?: {
        readonly service?: { readonly name?: string; readonly namespace?: string };
      };
    }[];
  };
  const called = webhooks.find((it) => it.name === name)?.clientConfig?.service;
  const service = called && snapshot.get('Service', called.namespace ?? '', called.name ?? '');
  if (!service || !hasManagedSlices(service)) return true;
  return reconcileEndpointSlices(service, running, snapshot.list('Node')).some(({ endpoints }) =>
    endpoints.some((it) => it.conditions.ready),
  );
}
