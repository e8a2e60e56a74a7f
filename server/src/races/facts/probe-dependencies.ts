/** What a probe asks besides the container itself. */
import type { PodContainer } from '../../lifecycle/index.ts';
import { each, type Citable } from '../../manifest/index.ts';
import type { PlacedProbe } from './probes.ts';
import { contactsIn, expanded } from './waits.ts';

/** Somebody else whose failure makes the probe fail. */
export interface ProbeDependency {
  readonly on: string;
  readonly at: Citable;
  /** It is named in the manifest, rather than known of the path. */
  readonly named: boolean;
}

/** What else a probe depends on; undefined where nothing says that it does. */
export function probeDependency(
  { container }: PodContainer,
  { probe, at }: PlacedProbe,
): ProbeDependency | undefined {
  const { httpGet, tcpSocket } = probe;
  const host = httpGet?.host ?? tcpSocket?.host;
  if (host && isRemote(host)) {
    return { on: host, at: httpGet ? at.httpGet.host : at.tcpSocket.host, named: true };
  }
  if (httpGet && /\/actuator\/health\/?$/.test(httpGet.path ?? '')) {
    const on = 'every health indicator of the app (databases, brokers)';
    return { on, at: at.httpGet.path, named: false };
  }
  const words = [...each(at.exec.command)];
  const text = expanded(words.map(([it]) => it).join(' '), container);
  const contact = contactsIn(text).find((it) => isRemote(it.host));
  const place = contact && words.find(([it]) => it.includes(contact.host))?.[1];
  return place && { on: contact.host, at: place, named: true };
}

/** A name that is not the pod's own. */
function isRemote(host: string): boolean {
  return !/^(localhost|127\.|0\.0\.0\.0|::1|hostname$)/.test(host);
}
