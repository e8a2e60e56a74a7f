/**
 * Pods of StatefulSets: a name, an address and volumes of their own each.
 * Follows newStatefulSetPod, initIdentity and updateStorage.
 */
import type { Upstream } from '../explanation/index.ts';
import type { StatefulSet, Volume } from '../manifest/index.ts';
import {
  PLACEHOLDER_HASH,
  podFromTemplate,
  podsPrefix,
  type BuiltPod,
} from './pod-from-template.ts';

export const statefulSetUpstream: Upstream = {
  path: 'pkg/controller/statefulset/stateful_set_utils.go',
  omits: ['the value of controller-revision-hash', 'claims themselves: only the volumes name them'],
};

/** The pod with this ordinal. */
export function statefulSetPod(set: StatefulSet, ordinal: number): BuiltPod {
  const name = `${set.metadata.name}-${ordinal}`;
  const { template, serviceName } = set.spec ?? {};
  const volumes = withClaims(set, name, template?.spec?.volumes ?? []);
  return podFromTemplate(set, set, template, {
    name,
    generateName: podsPrefix(set.metadata.name),
    labels: {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      'controller-revision-hash': `${set.metadata.name}-${PLACEHOLDER_HASH}`,
    },
    spec: {
      hostname: name,
      ...(serviceName === undefined ? {} : { subdomain: serviceName }),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  });
}

/** The name of a pod's claim: template, set and ordinal. */
export function claimName(template: string, podName: string): string {
  return `${template}-${podName}`;
}

/** The claims' volumes come first and replace those of the same name. */
function withClaims(set: StatefulSet, podName: string, volumes: readonly Volume[]): Volume[] {
  const claimed = (set.spec?.volumeClaimTemplates ?? []).map((it): Volume => {
    const name = it.metadata?.name ?? '';
    return { name, persistentVolumeClaim: { claimName: claimName(name, podName) } };
  });
  const names = claimed.map((it) => it.name);
  return [...claimed, ...volumes.filter((it) => !names.includes(it.name))];
}
