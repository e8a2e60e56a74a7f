/** Finds the number of a port that a probe or hook names; 0 where the container has none. */
import type { Container, IntOrString } from '../../manifest/index.ts';

export function portNumber(container: Container, port: IntOrString | undefined): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((it) => it.name === port);
  return named?.containerPort ?? (Number(port) || 0);
}
