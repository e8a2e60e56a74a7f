/**
 * An Ingress that names no class gets the default one.
 * Upstream: plugin/pkg/admission/network/defaultingressclass/admission.go.
 */
import type { Ingress, KubernetesObject } from '../../manifest/index.ts';
import type { MutationPlugin } from '../admission-plugin.ts';
import { listDeclaredUntyped } from '../declared.ts';
import { newestMarkedDefault } from '../default-object.ts';
import { draftOf } from '../draft.ts';

export const defaultIngressClass: MutationPlugin = {
  name: 'DefaultIngressClass',
  kinds: ['Ingress'],
  upstream: { path: 'plugin/pkg/admission/network/defaultingressclass/admission.go' },
  admit(request) {
    if (request.kind !== 'Ingress') return undefined;
    const ingress = draftOf<Ingress>(request);
    const named =
      typeof ingress.spec?.ingressClassName === 'string' ||
      ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined;
    if (!ingress.spec || named) return undefined;
    const classes: readonly KubernetesObject[] = listDeclaredUntyped(
      request.snapshot,
      'IngressClass',
    );
    const chosen = newestMarkedDefault(classes, ['ingressclass.kubernetes.io/is-default-class']);
    if (chosen) ingress.spec.ingressClassName = chosen.metadata.name;
    return undefined;
  },
};
