/** What the bounds of an event add up from: parameters of the environment and of the app, in words. */
import { PARAMETER_NAMES, type EnvironmentProfile } from '../../lifecycle/index.ts';
import { formatWindow } from '../../explanation/index.ts';

/** The words for one parameter or app assumption. */
export type DescribeBound = (name: string) => string;

/** What bounds a delay and is no parameter of the environment. */
const OTHER_BOUNDS: Readonly<Record<string, string>> = {
  'pod.quiet': 'no other step of the pod is under way',
  'probe.kill': 'from the failed probe to StopContainer: 0s to 0.05s, in one step of the kubelet',
  'budget.wait': 'nothing bounds how long a budget refuses an eviction',
  'node.monitor': 'node-monitor-grace-period 50s (40s before 1.32), looked at every 5s',
  'node.lost': 'the node is off or cut off; where only its kubelet has died, the app serves on',
  'node.return': 'nothing bounds how long a node is away',
};

/** `one write through the API server to etcd: 0.01s to 0.1s (p.api)`. */
export function boundsIn({ parameters }: EnvironmentProfile): DescribeBound {
  return (name) => {
    if (name.startsWith('app.')) return `what the app does (podsage.dev/${name})`;
    const own = OTHER_BOUNDS[name];
    if (own !== undefined) return own;
    const known = PARAMETER_NAMES.find((it) => it === name);
    if (!known) return name;
    const { meaning, seconds } = parameters[known];
    return `${meaning}: ${formatWindow(seconds)} (${name})`;
  };
}
