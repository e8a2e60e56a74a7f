/**
 * The plugins in the API server's order; the only list of them.
 * Upstream: pkg/kubeapiserver/options/plugins.go (AllOrderedPlugins, DefaultOffAdmissionPlugins).
 * The whole mutating pass is finished, and the object validated, before the validating pass.
 */
import type { MutationPlugin, ValidationPlugin } from './admission-plugin.ts';
import { defaultIngressClass } from './plugins/default-ingress-class.ts';
import { defaultStorageClass } from './plugins/default-storage-class.ts';
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { limitRanger } from './plugins/limit-ranger.ts';
import { mutatingAdmissionPolicy } from './plugins/mutating-admission-policy.ts';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { podSecurity } from './plugins/pod-security.ts';
import { podTopologyLabels } from './plugins/pod-topology-labels.ts';
import { priority } from './plugins/priority.ts';
import { resourceQuota } from './plugins/resource-quota.ts';
import { runtimeClass } from './plugins/runtime-class.ts';
import { serviceAccount } from './plugins/service-account.ts';
import { storageObjectInUseProtection } from './plugins/storage-object-in-use-protection.ts';
import { validatingAdmissionPolicy } from './plugins/validating-admission-policy.ts';

/** Every plugin that is on by default and matters to a create, front to back. */
export const ORDERED_PLUGINS: readonly (MutationPlugin | ValidationPlugin)[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  runtimeClass,
  defaultIngressClass,
  podTopologyLabels,
  mutatingAdmissionPolicy,
  validatingAdmissionPolicy,
  resourceQuota,
];

/** The mutating pass. */
export const MUTATION_PLUGINS: readonly MutationPlugin[] = ORDERED_PLUGINS.filter(
  (it): it is MutationPlugin => 'admit' in it,
);

/** The validating pass. */
export const VALIDATION_PLUGINS: readonly ValidationPlugin[] = ORDERED_PLUGINS.filter(
  (it): it is ValidationPlugin => 'validate' in it,
);
