/** What the bounds of an event add up from: parameters of the environment and of the app, in words. */
import { PARAMETER_NAMES, type EnvironmentProfile } from '../../lifecycle/index.ts';
import { formatWindow } from '../../explanation/index.ts';

/** The words for one parameter or app assumption. */
export type DescribeBound = (name: string) => string;

/** `one write through the API server to etcd: 0.01s to 0.1s (p.api)`. */
export function boundsIn({ parameters }: EnvironmentProfile): DescribeBound {
  return (name) => {
    if (name.startsWith('app.')) return `what the app does (podsage.dev/${name})`;
    if (name === 'pod.quiet') return 'no other step of the pod is under way';
    const known = PARAMETER_NAMES.find((it) => it === name);
    if (!known) return name;
    const { meaning, seconds } = parameters[known];
    return `${meaning}: ${formatWindow(seconds)} (${name})`;
  };
}
