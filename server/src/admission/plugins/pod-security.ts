/**
 * Pods are held to the Pod Security Standards that their Namespace asks for; workloads are warned.
 * Upstream: plugin/pkg/admission/security/podsecurity/admission.go and
 * staging/src/k8s.io/pod-security-admission/admission/admission.go. No exemptions are configured.
 */
import type { AdmissionRequest, Refusal, ValidationPlugin } from '../admission-plugin.ts';
import { getDeclared } from '../declared.ts';
import { podTemplateOf } from '../draft.ts';
import {
  formatLevelVersion,
  policyOf,
  violationsOf,
  type PodSecurityPolicy,
} from '../pod-security/policy.ts';

export const podSecurity: ValidationPlugin = {
  name: 'PodSecurity',
  upstream: {
    path: 'staging/src/k8s.io/pod-security-admission/admission/admission.go',
    omits: ['exemptions', 'audit annotations', 'the pods already in a relabelled namespace'],
  },
  validate(request) {
    if (request.kind === 'Namespace') return checkNamespace(request);
    if (request.namespace === '') return undefined;
    const template = podTemplateOf(request.object);
    if (!template?.spec) return undefined;
    const namespace = getDeclared(request.snapshot, 'Namespace', '', request.namespace);
    const policy = policyOf(namespace?.metadata.labels);
    const pod = { annotations: template.metadata?.annotations ?? {}, spec: template.spec };
    if (request.kind === 'Pod') {
      const enforced = violationsOf(policy.enforce, pod);
      if (enforced !== undefined) return refuse(request, policy, enforced);
    }
    const warned = violationsOf(policy.warn, pod);
    if (warned !== undefined) {
      const level = formatLevelVersion(policy.warn);
      request.warn(`would violate PodSecurity "${level}": ${warned}`);
    }
    return undefined;
  },
};

function refuse(request: AdmissionRequest, policy: PodSecurityPolicy, what: string): Refusal {
  // Unlike the other plugins this one names an object without a name not at all.
  const { name } = request.object.metadata;
  const subject = name ? `pods ${JSON.stringify(name)}` : 'pods';
  const level = formatLevelVersion(policy.enforce);
  return {
    code: 403,
    reason: 'Forbidden',
    message: `${subject} is forbidden: violates PodSecurity "${level}": ${what}`,
  };
}

function checkNamespace({ object }: AdmissionRequest): Refusal | undefined {
  const { errors } = policyOf(object.metadata.labels);
  if (errors.length === 0) return undefined;
  const causes = errors.map(({ label, value, detail }) => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
    field: `metadata.labels[${label}]`,
  }));
  const texts = causes.map((it) => `${it.field}: ${it.message}`);
  return {
    code: 422,
    reason: 'Invalid',
    message:
      `Namespace ${JSON.stringify(object.metadata.name)} is invalid: ` +
      (texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`),
    causes,
  };
}
