/**
 * What was true of the recording control plane and is in no case's world: a downstream build, which
 * keeps a ConfigMap with its service CA in every namespace and projects it into token volumes.
 */
export function recorderObjects(namespace: string): readonly Record<string, unknown>[] {
  const metadata = { name: 'openshift-service-ca.crt', namespace };
  return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata }];
}
