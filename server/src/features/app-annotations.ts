/**
 * The annotations `podsage.dev/app.…` of a pod template: those that nothing reads are told, since
 * a prediction would silently rest on a guess instead.
 */
import {
  APP_ANNOTATION,
  appKeyOf,
  APP_KEYS,
  appValues,
  isAppValue,
  type PodModel,
} from '../lifecycle/index.ts';
import { field, keyOf, type Citable } from '../manifest/index.ts';

/** What is wrong with one annotation. */
export interface AnnotationFault {
  readonly at: Citable;
  readonly message: string;
}

/** The faults of a pod's annotations. */
export function annotationFaults({ pod, mains, startOrder }: PodModel): readonly AnnotationFault[] {
  const names = [...mains, ...startOrder].map((it) => it.name);
  return Object.entries(pod.metadata.annotations ?? {}).flatMap(([name, value]) => {
    // That a value is no text is the API server's to tell.
    if (!name.startsWith(APP_ANNOTATION) || typeof value !== 'string') return [];
    const message = faultOf(name.slice(APP_ANNOTATION.length), value, names);
    const at = field(pod).metadata.annotations[name];
    return message && at ? [{ at: keyOf(at), message }] : [];
  });
}

function faultOf(name: string, value: string, containers: readonly string[]): string | undefined {
  const key = appKeyOf(name);
  if (!key) {
    return `nothing reads this annotation: there are ${Object.keys(APP_KEYS).join(', ')}`;
  }
  const container = name.slice(0, -key.length - 1);
  if (name !== key && !containers.includes(container)) {
    return `nothing reads this annotation: the pod has no container "${container}"`;
  }
  if (isAppValue(key, value)) return undefined;
  return `"${value}" cannot be read, so a guess stands instead: ${appValues(key)}`;
}

/** What an annotation means; undefined where it is none of ours. */
export function annotationText(name: string): string | undefined {
  if (!name.startsWith(APP_ANNOTATION)) return undefined;
  const key = appKeyOf(name);
  return key && `Tells Podsage ${APP_KEYS[key]}. Values: ${appValues(key)}.`;
}
