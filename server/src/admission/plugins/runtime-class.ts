/**
 * A RuntimeClass gives a Pod its overhead, node selector and tolerations.
 * Upstream: plugin/pkg/admission/runtimeclass/admission.go, pkg/util/tolerations/tolerations.go.
 */
import { parseQuantity, type RuntimeClass, type Toleration } from '../../manifest/index.ts';
import type {
  AdmissionRequest,
  MutationPlugin,
  Refusal,
  ValidationPlugin,
} from '../admission-plugin.ts';
import { getDeclared } from '../declared.ts';
import { podDraftOf, type Mutable, type PodDraft } from '../draft.ts';
import { forbidden } from '../request-info.ts';

const MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
const WITHOUT_CLASS =
  'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';

export const runtimeClass: MutationPlugin & ValidationPlugin = {
  name: 'RuntimeClass',
  kinds: ['Pod'],
  upstream: { path: 'plugin/pkg/admission/runtimeclass/admission.go' },

  admit(request) {
    const pod = podDraftOf(request);
    if (!pod?.spec.runtimeClassName) return undefined;
    const found = getDeclared(request.snapshot, 'RuntimeClass', '', pod.spec.runtimeClassName);
    if (!found) return notFound(request, pod);
    const overhead = found.overhead?.podFixed;
    if (overhead) {
      if (pod.spec.overhead && !sameResources(pod.spec.overhead, overhead)) {
        return forbidden(request, MISMATCH);
      }
      pod.spec.overhead = { ...overhead };
    }
    return schedule(request, pod, found);
  },

  validate(request) {
    const pod = podDraftOf(request);
    if (!pod) return undefined;
    const name = pod.spec.runtimeClassName;
    const found = name ? getDeclared(request.snapshot, 'RuntimeClass', '', name) : undefined;
    if (name && !found) return notFound(request, pod);
    const overhead = found?.overhead?.podFixed;
    if (!overhead) return pod.spec.overhead ? forbidden(request, WITHOUT_CLASS) : undefined;
    return sameResources(pod.spec.overhead ?? {}, overhead)
      ? undefined
      : forbidden(request, MISMATCH);
  },
};

function notFound(request: AdmissionRequest, pod: PodDraft): Refusal {
  const name = JSON.stringify(pod.spec.runtimeClassName);
  return forbidden(request, `pod rejected: RuntimeClass ${name} not found`);
}

function schedule(
  request: AdmissionRequest,
  pod: PodDraft,
  { scheduling }: RuntimeClass,
): Refusal | undefined {
  if (!scheduling) return undefined;
  const selector: Record<string, string> = { ...pod.spec.nodeSelector };
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = Object.hasOwn(selector, key) ? selector[key] : undefined;
    if (own !== undefined && own !== value) {
      return forbidden(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; ` +
          `pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
    selector[key] = value;
  }
  if (Object.keys(selector).length > 0) pod.spec.nodeSelector = selector;
  if (scheduling.tolerations?.length) {
    pod.spec.tolerations = mergeTolerations(pod.spec.tolerations ?? [], scheduling.tolerations);
  }
  return undefined;
}

/** Both lists in order, without those that another one covers. */
function mergeTolerations(
  first: readonly Toleration[],
  second: readonly Toleration[],
): Mutable<Toleration>[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  all.forEach((it, i) => {
    if (merged.some((other) => covers(other, it))) return;
    const later = all.slice(i + 1);
    if (later.some((other) => !sameToleration(other, it) && covers(other, it))) return;
    merged.push(it);
  });
  return merged;
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return (
    (a.key ?? '') === (b.key ?? '') &&
    (a.operator ?? '') === (b.operator ?? '') &&
    (a.value ?? '') === (b.value ?? '') &&
    (a.effect ?? '') === (b.effect ?? '') &&
    a.tolerationSeconds === b.tolerationSeconds
  );
}

/** Whether `wide` tolerates all that `it` does. */
function covers(wide: Toleration, it: Toleration): boolean {
  if (sameToleration(wide, it)) return true;
  const anyKey = !wide.key && wide.operator === 'Exists';
  if ((wide.key ?? '') !== (it.key ?? '') && !anyKey) return false;
  if (wide.effect && wide.effect !== it.effect) return false;
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (it.tolerationSeconds === undefined) return false;
    if (it.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === 'Exists') return true;
  if (wide.operator && wide.operator !== 'Equal') return false;
  return it.operator === 'Equal' && (it.value ?? '') === (wide.value ?? '');
}

function sameResources(
  a: Readonly<Record<string, string | number>>,
  b: Readonly<Record<string, string | number>>,
): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names) {
    const [left, right] = [a[name], b[name]];
    if (left === undefined || right === undefined) return false;
    if (parseQuantity(left)?.nano !== parseQuantity(right)?.nano) return false;
  }
  return true;
}
