/** Whether a change of configuration makes new pods, or an object of a new name. */
import type { WorkloadPrediction } from '../../prediction/index.ts';

/** A name with a hash or version in it: a change makes another object. */
export function isVersionedName(name: string): boolean {
  return /-[2456789bcdfghkmt]{10}$|-v?\d+([.-]\d+)*$|-(?=[0-9a-f]*\d)[0-9a-f]{7,64}$/.test(name);
}

/** A checksum in the template, or a controller that restarts the pods when configuration changes. */
export function restartsOnChange({ object, pod }: WorkloadPrediction): boolean {
  const names = [object.metadata.annotations, pod?.metadata.annotations].flatMap((it) =>
    Object.keys(it ?? {}),
  );
  return names.some((it) => /checksum|(?:^|[/-])(?:config|secret)-?hash|reloader|\/hash/i.test(it));
}
