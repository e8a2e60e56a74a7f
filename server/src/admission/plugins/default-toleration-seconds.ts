/**
 * A Pod stays five minutes on a node that is not ready or unreachable, unless it says otherwise.
 * Upstream: plugin/pkg/admission/defaulttolerationseconds/admission.go.
 */
import type { MutationPlugin } from '../admission-plugin.ts';
import { podDraftOf } from '../draft.ts';

/** The flags' default: --default-not-ready-toleration-seconds and its twin. */
const SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;

export const defaultTolerationSeconds: MutationPlugin = {
  name: 'DefaultTolerationSeconds',
  kinds: ['Pod'],
  upstream: { path: 'plugin/pkg/admission/defaulttolerationseconds/admission.go' },
  admit(request) {
    const pod = podDraftOf(request);
    if (!pod) return undefined;
    const written = pod.spec.tolerations ?? [];
    const missing = TAINTS.filter(
      (taint) =>
        !written.some(
          (it) => (!it.key || it.key === taint) && (!it.effect || it.effect === 'NoExecute'),
        ),
    );
    if (missing.length === 0) return undefined;
    pod.spec.tolerations = [
      ...written,
      ...missing.map((key) => ({
        key,
        operator: 'Exists' as const,
        effect: 'NoExecute' as const,
        tolerationSeconds: SECONDS,
      })),
    ];
    return undefined;
  },
};
