/**
 * StatefulSet. Follows ValidateStatefulSet of pkg/apis/apps/validation/validation.go. Left out:
 * updates, status, and `maxUnavailable`, which the registry drops before validation
 * (MaxUnavailableStatefulSet is off by default).
 */
import type { StatefulSet } from '../../manifest/index.ts';
import {
  go,
  goStruct,
  goValue,
  invalid,
  isDNS1123Label,
  nameIsDNSLabel,
  notSupported,
  Path,
  required,
  validateAnnotations,
  validateKubeObjectMeta,
  validateLabels,
  validateNonnegativeField,
  type FieldErrors,
} from './machinery/index.ts';
import { validatePodAnnotations } from './pod-annotations.ts';
import { validateClaimSpec } from './pod-claim-template.ts';
import { validatePodTemplateSpec } from './pod.ts';
import {
  isReadable,
  validateAlwaysRestarted,
  validateRequiredSelector,
  validateSelected,
} from './workloads.ts';

type Spec = StatefulSet['spec'];

const SPEC = Path.of('spec');
const TEMPLATE = SPEC.child('template');

const printRollingUpdate = goStruct({
  Partition: ['partition', go.int],
  MaxUnavailable: ['maxUnavailable', go.pointer()],
});
const printStrategy = goStruct({
  Type: ['type', go.string],
  RollingUpdate: ['rollingUpdate', go.pointer(printRollingUpdate)],
});

/** ValidateStatefulSet. */
export function validateStatefulSet({ metadata, spec }: StatefulSet): FieldErrors {
  const errors = validateKubeObjectMeta(metadata, true, nameIsDNSLabel, Path.of('metadata'));
  errors.push(...validatePodManagementPolicy(spec.podManagementPolicy ?? ''));
  errors.push(...validateStrategy(spec.updateStrategy ?? {}));
  errors.push(...validateRetention(spec.persistentVolumeClaimRetentionPolicy));
  for (const [i, claim] of (spec.volumeClaimTemplates ?? []).entries()) {
    const path = SPEC.child('volumeClaimTemplates').index(i).child('spec');
    errors.push(...validateClaimSpec(claim.spec ?? {}, path));
  }
  errors.push(...validateNonnegativeField(spec.replicas ?? 0, SPEC.child('replicas')));
  errors.push(
    ...validateNonnegativeField(spec.minReadySeconds ?? 0, SPEC.child('minReadySeconds')),
  );
  if (spec.ordinals) {
    errors.push(
      ...validateNonnegativeField(spec.ordinals.start ?? 0, SPEC.child('ordinals.start')),
    );
  }
  errors.push(...validateServiceName(spec.serviceName ?? ''));
  errors.push(
    ...validateRequiredSelector(spec.selector, 'empty selector is invalid for statefulset'),
  );
  errors.push(...validateTemplate(spec));
  errors.push(...validateAlwaysRestarted(spec.template, 'StatefulSet'));
  return errors;
}

function validateTemplate(spec: Spec): FieldErrors {
  if (!isReadable(spec.selector)) {
    return [invalid(SPEC.child('selector'), spec.selector ?? null, '')];
  }
  const template = withClaims(spec);
  const annotations = template.metadata?.annotations ?? {};
  // Upstream looks at labels and annotations twice, and so tells their faults twice.
  const annotationsPath = TEMPLATE.child('annotations');
  return [
    ...validateSelected(template, spec.selector),
    ...validatePodTemplateSpec(template, TEMPLATE, { ignoresHostname: true }),
    ...validateLabels(template.metadata?.labels, TEMPLATE.child('labels')),
    ...validateAnnotations(annotations, annotationsPath),
    ...validatePodAnnotations(annotations, template.spec ?? {}, annotationsPath),
  ];
}

/** The template with volumes that stand for the claims, before its own, as the Pods get them. */
function withClaims({ template, volumeClaimTemplates = [] }: Spec): Spec['template'] {
  if (volumeClaimTemplates.length === 0 || !template.spec) return template;
  const names = new Set(volumeClaimTemplates.map((it) => it.metadata?.name ?? ''));
  const claims = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const own = (template.spec.volumes ?? []).filter((it) => !names.has(it.name));
  return { ...template, spec: { ...template.spec, volumes: [...claims, ...own] } };
}

function validateServiceName(serviceName: string): FieldErrors {
  if (serviceName === '') return [];
  const path = SPEC.child('serviceName');
  return isDNS1123Label(serviceName).map((it) => invalid(path, serviceName, it));
}

function validatePodManagementPolicy(policy: string): FieldErrors {
  const path = SPEC.child('podManagementPolicy');
  if (policy === '') return [required(path, '')];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [invalid(path, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStrategy(strategy: NonNullable<Spec['updateStrategy']>): FieldErrors {
  const path = SPEC.child('updateStrategy');
  const { type = '', rollingUpdate } = strategy;
  const at = path.child('rollingUpdate');
  if (type === '') return [required(path, '')];
  if (type === 'OnDelete') {
    if (!rollingUpdate) return [];
    const text = "only allowed for updateStrategy 'RollingUpdate'";
    return [invalid(at, goValue(printRollingUpdate, rollingUpdate), text)];
  }
  if (type !== 'RollingUpdate') {
    const value = goValue(printStrategy, strategy);
    return [invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  return validateNonnegativeField(rollingUpdate?.partition ?? 0, at.child('partition'));
}

function validateRetention(policy: Spec['persistentVolumeClaimRetentionPolicy']): FieldErrors {
  if (!policy) return [];
  const path = SPEC.child('persistentVolumeClaimRetentionPolicy');
  const supported = ['Retain', 'Delete'];
  const errors: FieldErrors = [];
  for (const name of ['whenDeleted', 'whenScaled'] as const) {
    const value = policy[name] ?? '';
    if (!supported.includes(value)) errors.push(notSupported(path.child(name), value, supported));
  }
  return errors;
}
