/**
 * Nothing new goes into a Namespace that is being deleted.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go.
 * A Namespace that no manifest declares is taken to exist: a workspace seldom holds all of them.
 */
import type { MutationPlugin } from '../admission-plugin.ts';
import { getDeclared } from '../declared.ts';
import { forbidden } from '../request-info.ts';

export const namespaceLifecycle: MutationPlugin = {
  name: 'NamespaceLifecycle',
  upstream: {
    path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go',
    omits: ['undeclared namespaces (taken to exist)', 'deletion of namespaces'],
  },
  admit(request) {
    const { namespace, kind, snapshot } = request;
    if (namespace === '' || kind === 'Namespace') return undefined;
    const declared = getDeclared(snapshot, 'Namespace', '', namespace);
    const terminating =
      declared?.status?.phase === 'Terminating' || !!declared?.metadata.deletionTimestamp;
    if (!terminating) return undefined;
    return forbidden(
      request,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  },
};
