/** Who in a pod talks to whom over localhost, as environment and commands tell. */
import type { PodContainer } from '../../lifecycle/index.ts';
import { each, type Citable } from '../../manifest/index.ts';

/** A port of the pod's own network that a container connects to. */
export interface LocalUse {
  readonly port: number;
  readonly at: Citable;
}

const LOCAL = String.raw`(?:localhost|127\.0\.0\.1|\[::1\])`;
const WITH_PORT = new RegExp(String.raw`(?<![\w.-])${LOCAL}:(\d{2,5})\b`, 'g');
const ONLY_HOST = new RegExp(String.raw`^${LOCAL}$`);
/** Variables that say where to listen, not whom to call. */
const LISTENS = /(?:LISTEN|BIND|SERVE|SERVER_ADDR|PROBE|HEALTH)/i;

/** The local ports a container's environment and command name. */
export function localUses({ container, at }: PodContainer): readonly LocalUse[] {
  const found: LocalUse[] = [];
  const add = (text: string, place: Citable) => {
    for (const match of text.matchAll(WITH_PORT)) found.push({ port: Number(match[1]), at: place });
  };
  const values = new Map((container.env ?? []).map((it) => [it.name, it.value]));
  for (const [{ name, value = '' }, place] of each(at.env)) {
    if (LISTENS.test(name)) continue;
    add(value, place.value);
    // DB_HOST=localhost beside DB_PORT=5432.
    const port = ONLY_HOST.test(value) && values.get(name.replace(/HOST(?:NAME)?$/, 'PORT'));
    if (port && /^\d+$/.test(port)) found.push({ port: Number(port), at: place.value });
  }
  for (const [word, place] of [...each(at.command), ...each(at.args)]) {
    if (!LISTENS.test(word)) add(word, place);
  }
  return found.filter(({ port }) => !opens({ container }, port));
}

/** Whether a container declares a port, or its command line names one to listen at. */
export function opens({ container }: Pick<PodContainer, 'container'>, port: number): boolean {
  if ((container.ports ?? []).some((it) => it.containerPort === port)) return true;
  const listens = new RegExp(
    String.raw`(?:port|listen|bind|addr(?:ess)?)[=:\s]\S*?\b${port}\b|tcp:${port}\b`,
  );
  return [...(container.command ?? []), ...(container.args ?? [])].some((it) => listens.test(it));
}

const MESH = new Set(['istio-proxy', 'linkerd-proxy', 'consul-dataplane', 'envoy-sidecar']);

/** A proxy of a service mesh, through which all traffic of the pod goes. */
export function isMeshProxy({ name }: Pick<PodContainer, 'name'>): boolean {
  return MESH.has(name);
}
