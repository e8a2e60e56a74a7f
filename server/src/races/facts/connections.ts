/**
 * How the containers of a pod talk in a simulated life: what they listen at, whom they call. The
 * simulation finds out who is refused.
 */
import { protocolOf, serviceSelects } from '../../endpoints/index.ts';
import type { AppBehaviour, AppCall, Host, PodContainer, PodModel } from '../../lifecycle/index.ts';
import type { Pod } from '../../manifest/index.ts';
import { helperKind } from './helpers.ts';
import { isMeshProxy, localUses, opens } from './local-use.ts';
import { withHook } from './replays.ts';
import { serviceOfHost } from './service-names.ts';
import { contactsIn, expanded } from './waits.ts';
import { allContainers, lastingContainers } from './workloads.ts';

/** How long after its start an app connects to whom it needs. */
export const CONNECT_SECONDS = 0.1;
/** How long after its start a hook does. */
export const HOOK_CALL_SECONDS = 0.2;
/** Who is refused and does not give up asks again after this long. */
export const RETRY_SECONDS = 1;
/** Where a mesh's proxy takes the connections that are redirected to it. */
const OUTBOUND_NUMBER = 15_001;
export const OUTBOUND = `localhost:${OUTBOUND_NUMBER}`;
export const OUTBOUND_PORT = `${OUTBOUND_NUMBER}/TCP`;

export const isLocal = (host: string) => /^(?:|localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host);

/** What a connection to a host is to a simulated app: a port of the pod, or who is outside it. */
export function targetOf(
  { host, port }: { readonly host: string; readonly port: number | undefined },
  model: PodModel,
): string {
  return isLocal(host) ? `localhost:${port ?? 80}` : through(model, host);
}

/** Goes through the proxy, where the pod has one in its way. */
function through(model: PodModel, host: string): string {
  const isProxied = allContainers(model).some((it) => helperKind(it) === 'network');
  return isProxied ? OUTBOUND : host;
}

/** What the hosts are that a pod's own Services answer for. */
export function ownHosts(
  hosts: readonly string[],
  model: PodModel,
): Readonly<Record<string, Host>> {
  const namespace = model.pod.metadata.namespace ?? 'default';
  const isOwn = (host: string) => {
    const service = serviceOfHost(host, namespace, model.snapshot);
    return service !== undefined && serviceSelects(service, model.pod);
  };
  return Object.fromEntries(hosts.filter(isOwn).map((it) => [it, { own: 'served' }]));
}

/** Apps that bind the ports they open, so long after their start. */
export function listening(
  model: PodModel,
  delayOf: (it: PodContainer) => number,
): Readonly<Record<string, AppBehaviour>> {
  const all = allContainers(model);
  const used = [...new Set(all.flatMap((it) => localUses(it).map(({ port }) => port)))];
  const portsOf = (it: PodContainer) => {
    const declared = (it.container.ports ?? []).map(
      (port) => `${port.containerPort}/${protocolOf(port)}`,
    );
    const named = used.filter((port) => opens(it, port)).map((port) => `${port}/TCP`);
    const outbound = helperKind(it) === 'network' || isMeshProxy(it);
    return [...new Set([...declared, ...named, ...(outbound ? [OUTBOUND_PORT] : [])])];
  };
  const lasting = all.filter((it) => it.role !== 'init');
  return Object.fromEntries(
    lasting.map((it) => [it.name, { listens: portsOf(it), listenDelay: delayOf(it) }]),
  );
}

/**
 * The same apps, each of which connects to the ports of the others that it names, and where a mesh's
 * proxy is in the pod, through that to the hosts in its environment. Who is refused exits, unless its
 * command waits.
 */
export function talking(
  model: PodModel,
  delayOf: (it: PodContainer) => number,
): Readonly<Record<string, AppBehaviour>> {
  const apps = listening(model, delayOf);
  const opened = new Set(Object.values(apps).flatMap((it) => it.listens ?? []));
  const isProxied = lastingContainers(model).some(isMeshProxy);
  const callsOf = (it: PodContainer): readonly AppCall[] => {
    const local = localUses(it).map(({ port }) => port);
    const remote = (it.container.env ?? []).some(({ value = '' }) => URL_OF_A_HOST.test(value));
    const ports = remote && isProxied && !isMeshProxy(it) ? [...local, OUTBOUND_NUMBER] : local;
    const every = waitsItself(it, model) ? { every: RETRY_SECONDS } : {};
    return ports
      .filter((port) => opened.has(`${port}/TCP`))
      .map((port) => ({ after: CONNECT_SECONDS, to: `localhost:${port}`, ...every }));
  };
  return Object.fromEntries(
    allContainers(model).map((it) => [it.name, { ...apps[it.name], calls: callsOf(it) }]),
  );
}

/** A URL that names another host. */
export const URL_OF_A_HOST = /^\w+:\/\/[a-z]/;

/** The app's command waits for the proxy, or the mesh is told to start it first. */
export function waitsItself({ container }: PodContainer, model: PodModel): boolean {
  const config = model.pod.metadata.annotations?.['proxy.istio.io/config'] ?? '';
  const command = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
  return (
    /holdApplicationUntilProxyStarts\W+true/.test(config) ||
    /linkerd-await|\bwait\b|\buntil\b|15021/.test(command)
  );
}

/** Hooks of proxies that are not understood wait until their own port answers. */
export function withWaitingHooks(
  apps: Readonly<Record<string, AppBehaviour>>,
  model: PodModel,
): (pod: Pod) => Pod {
  const waiting = lastingContainers(model).filter(
    ({ postStart, name }) => postStart.kind === 'exec' && (apps[name]?.listens ?? []).length > 0,
  );
  return (pod) =>
    waiting.reduce((changed, it) => {
      const [port = ''] = (apps[it.name]?.listens ?? []).at(-1)?.split('/') ?? [];
      const command = ['call', `localhost:${port}`, '0', `${RETRY_SECONDS}`];
      return withHook([it], 'postStart', command)(changed);
    }, pod);
}

/** A hook that calls somebody, as a command of the simulated apps. */
export function hookCall(
  { container }: PodContainer,
  kind: 'postStart' | 'preStop',
  model: PodModel,
): { readonly command: readonly string[]; readonly host: string } | undefined {
  const argv = container.lifecycle?.[kind]?.exec?.command ?? [];
  const text = expanded(argv.join(' '), container);
  const [contact] = contactsIn(text);
  if (!contact) return undefined;
  const again = /--retry|\|\||\b(?:until|while|for|wait\S*)\b/.test(text)
    ? [`${RETRY_SECONDS}`]
    : [];
  const command = ['call', targetOf(contact, model), `${HOOK_CALL_SECONDS}`, ...again];
  return { command, host: contact.host };
}
