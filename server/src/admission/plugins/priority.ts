/**
 * A Pod's priority and preemption policy come from its PriorityClass.
 * Upstream: plugin/pkg/admission/priority/admission.go.
 */
import { SYSTEM_PRIORITY_CLASSES } from '../../cluster/index.ts';
import type { ClusterSnapshot } from '../../cluster/index.ts';
import type { PriorityClass } from '../../manifest/index.ts';
import type {
  AdmissionRequest,
  MutationPlugin,
  Refusal,
  ValidationPlugin,
} from '../admission-plugin.ts';
import { getDeclared, listDeclared } from '../declared.ts';
import { podDraftOf } from '../draft.ts';
import { forbidden } from '../request-info.ts';

interface Resolved {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

export const priority: MutationPlugin & ValidationPlugin = {
  name: 'Priority',
  kinds: ['Pod', 'PriorityClass'],
  upstream: { path: 'plugin/pkg/admission/priority/admission.go' },

  admit(request) {
    const pod = podDraftOf(request);
    if (!pod) return undefined;
    const name = pod.spec.priorityClassName;
    const resolved = name ? classNamed(request.snapshot, name) : defaultClass(request.snapshot);
    if (!resolved) return forbidden(request, `no PriorityClass with name ${name} was found`);
    const { priority: given, preemptionPolicy: policy } = pod.spec;
    if (given !== undefined && given !== null && given !== resolved.value) {
      return forbidden(
        request,
        `the integer value of priority (${given}) must not be provided in pod spec; ` +
          `priority admission controller computed ${resolved.value} ` +
          'from the given PriorityClass name',
      );
    }
    if (policy && policy !== resolved.preemptionPolicy) {
      return forbidden(
        request,
        `the string value of PreemptionPolicy (${policy}) must not be provided in pod spec; ` +
          `priority admission controller computed ${resolved.preemptionPolicy} ` +
          'from the given PriorityClass name',
      );
    }
    if (resolved.name !== '') pod.spec.priorityClassName = resolved.name;
    pod.spec.priority = resolved.value;
    pod.spec.preemptionPolicy = resolved.preemptionPolicy as typeof policy;
    return undefined;
  },

  validate(request) {
    return request.kind === 'PriorityClass' ? onlyOneDefault(request) : undefined;
  },
};

function classNamed(snapshot: ClusterSnapshot, name: string): Resolved | undefined {
  const declared =
    getDeclared(snapshot, 'PriorityClass', '', name) ??
    SYSTEM_PRIORITY_CLASSES.find((it) => it.metadata.name === name);
  return declared && resolve(declared);
}

/** Of several defaults the one with the lowest value; without any, zero. */
function defaultClass(snapshot: ClusterSnapshot): Resolved {
  let lowest: PriorityClass | undefined;
  for (const it of listDeclared(snapshot, 'PriorityClass')) {
    if (it.globalDefault && (!lowest || valueOf(it) < valueOf(lowest))) lowest = it;
  }
  return lowest
    ? resolve(lowest)
    : { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' };
}

function resolve(it: PriorityClass): Resolved {
  return {
    name: it.metadata.name,
    value: valueOf(it),
    preemptionPolicy: it.preemptionPolicy ?? 'PreemptLowerPriority',
  };
}

function onlyOneDefault(request: AdmissionRequest): Refusal | undefined {
  if (!(request.object as unknown as PriorityClass).globalDefault) return undefined;
  const other = listDeclared(request.snapshot, 'PriorityClass').find(
    (it) => it.globalDefault && it.metadata.name !== request.object.metadata.name,
  );
  if (!other) return undefined;
  return forbidden(
    request,
    `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
  );
}

function valueOf(it: PriorityClass): number {
  return it.value ?? 0;
}
