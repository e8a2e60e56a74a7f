/** Services: whom they select, and what becomes of their ports. */
import { findPort, serviceSelects } from '../../endpoints/index.ts';
import type { Service } from '../../manifest/index.ts';
import type { ObjectConsequence, ObjectContext } from './consequence.ts';

export const TRAFFIC_CONSEQUENCES: readonly ObjectConsequence[] = [
  { kinds: ['Service'], field: 'spec.selector', tell: selectorText },
  { kinds: ['Service'], field: 'spec.ports', tell: portsText },
  {
    kinds: ['Service'],
    field: 'spec.clusterIP',
    tell: ({ object }) =>
      (object as unknown as Service).spec.clusterIP === 'None'
        ? 'Headless: DNS answers with the addresses of the pods themselves; clients that keep an answer keep a dead pod.'
        : undefined,
  },
];

/** Whom the Service selects. */
function selectorText({ object, prediction }: ObjectContext): string {
  const service = object as unknown as Service;
  const selected = prediction.workloads.filter((it) => it.pod && serviceSelects(service, it.pod));
  if (selected.length === 0) return 'Selects no pod of the declared world.';
  return [
    'Selects:',
    ...selected.map((it) => `- ${it.kind} \`${it.name}\` (${it.replicas} pods)`),
  ].join('\n');
}

/** Where each port leads. */
function portsText({ object, prediction }: ObjectContext): string | undefined {
  const service = object as unknown as Service;
  const lines: string[] = [];
  for (const { pod, name } of prediction.workloads) {
    if (!pod || !serviceSelects(service, pod)) continue;
    for (const port of service.spec.ports ?? []) {
      const number = findPort(pod, port);
      const target =
        number === undefined
          ? `nothing: no container port is named \`${port.targetPort}\``
          : `port ${number}`;
      lines.push(`- ${port.port} → ${target} of \`${name}\``);
    }
  }
  return lines.length > 0 ? lines.join('\n') : undefined;
}
