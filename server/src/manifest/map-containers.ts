import type { Container, Pod } from './kubernetes.ts';

/** The pod with every container changed, init containers too; not those that are ephemeral. */
export function mapContainers(pod: Pod, change: (container: Container) => Container): Pod {
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(change),
      initContainers: initContainers?.map(change),
    },
  };
}
