/** Pods of ReplicaSets, and of Deployments through the ReplicaSet they make. */
import type { Upstream } from '../explanation/index.ts';
import type { Deployment, ReplicaSet } from '../manifest/index.ts';
import {
  generatedName,
  PLACEHOLDER_HASH,
  podFromTemplate,
  podsPrefix,
  type BuiltPod,
  type Controller,
} from './pod-from-template.ts';

export const replicaSetUpstream: Upstream = {
  path: 'pkg/controller/replicaset/replica_set.go',
  omits: ['adoption of pods that exist already'],
};

export const deploymentUpstream: Upstream = {
  path: 'pkg/controller/deployment/sync.go',
  omits: ['the value of pod-template-hash, a hash of the Go structure', 'ReplicaSets that exist'],
};

/** One pod of a ReplicaSet; all of them are alike but for their names. */
export function replicaSetPod(set: ReplicaSet, number: number): BuiltPod {
  const generateName = podsPrefix(set.metadata.name);
  return podFromTemplate(set, set, set.spec?.template ?? {}, {
    generateName,
    name: numberedName(generateName, number),
  });
}

/** One pod of the ReplicaSet that a Deployment makes of its template. */
export function deploymentPod(deployment: Deployment, number: number): BuiltPod {
  const name = `${deployment.metadata.name}-${PLACEHOLDER_HASH}`;
  const set: Controller = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: deployment.metadata.namespace },
  };
  const generateName = podsPrefix(name);
  return podFromTemplate(deployment, set, deployment.spec?.template, {
    generateName,
    name: numberedName(generateName, number),
    labels: { 'pod-template-hash': PLACEHOLDER_HASH },
  });
}

/** Tells pods of one template apart: the placeholder's last letters count them. */
export function numberedName(prefix: string, number: number): string {
  const digits = number === 0 ? '' : String(number);
  return generatedName(prefix, 'xxxxx'.slice(digits.length) + digits);
}
