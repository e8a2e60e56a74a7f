/**
 * Decides the environment of a container that is being made: Services, envFrom, then env.
 * After makeEnvironmentVariables in pkg/kubelet/kubelet_pods.go and pkg/kubelet/envvars/envvars.go.
 * Left out: fields of the pod and of resources, files of variables, and the variables of the style
 * of Docker links.
 */
import type { Container, Pod, Service } from '../../../manifest/index.ts';
import { contentOf, type ConfigName, type ConfigObject } from './api-objects.ts';

export type Variables = Readonly<Record<string, string>>;

/** What the kubelet knows when the container is made. */
export interface EnvironmentSource {
  get(name: ConfigName): ConfigObject | undefined;
  services(): readonly ConfigObject[];
}

/** The variables, or why there are none yet. */
export type Environment =
  | { readonly variables: Variables; readonly missing: readonly string[] }
  | { readonly error: string };

/** Makes the environment; `missing` are variables that command and env name and that are not there. */
export function makeEnvironment(
  pod: Pod,
  container: Container,
  source: EnvironmentSource,
): Environment {
  const { namespace = 'default' } = pod.metadata;
  const links = pod.spec.enableServiceLinks !== false;
  const services = serviceVariables(source.services(), namespace, links);
  const own: Record<string, string> = {};
  const find = (kind: ConfigName['kind'], { name = '', optional = false }: Reference) => {
    const found = source.get({ kind, namespace, name });
    if (found || optional) return found;
    throw new Missing(`${kind.toLowerCase()} "${name}" not found`);
  };
  try {
    for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
      const object = configMapRef
        ? find('ConfigMap', configMapRef)
        : secretRef && find('Secret', secretRef);
      for (const [key, value] of Object.entries(contentOf(object))) own[prefix + key] = value;
    }
    for (const { name, value, valueFrom } of container.env ?? []) {
      const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
      const reference = configMapKeyRef ?? secretKeyRef;
      if (!reference) {
        own[name] = expand(value ?? '', { ...services, ...own });
        continue;
      }
      const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
      const found = contentOf(find(kind, reference))[reference.key];
      if (found !== undefined) own[name] = found;
      else if (reference.optional !== true)
        throw new Missing(
          `couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name}`,
        );
    }
  } catch (error) {
    if (error instanceof Missing) return { error: error.message };
    throw error;
  }
  const variables = { ...services, ...own };
  return { variables, missing: missingIn(container, variables) };
}

/** A required object or key is not there: the container waits. */
class Missing extends Error {}

interface Reference {
  readonly name?: string;
  readonly optional?: boolean;
}

/** Services with an IP: those of the namespace, and the API server's own. */
function serviceVariables(
  services: readonly ConfigObject[],
  namespace: string,
  links: boolean,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const service of services as readonly unknown[] as readonly Service[]) {
    const { name, namespace: own = 'default' } = service.metadata;
    const { clusterIP, ports = [] } = service.spec;
    const isMaster = own === 'default' && name === 'kubernetes';
    if (!clusterIP || clusterIP === 'None') continue;
    if (!isMaster && !(links && own === namespace)) continue;
    const prefix = `${upper(name)}_SERVICE`;
    variables[`${prefix}_HOST`] = clusterIP;
    const [first] = ports;
    if (first) variables[`${prefix}_PORT`] = `${first.port}`;
    for (const it of ports) {
      if (it.name) variables[`${prefix}_PORT_${upper(it.name)}`] = `${it.port}`;
    }
  }
  return variables;
}

function upper(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** `$(NAME)` of a variable that is there; others stay as they are. */
function expand(text: string, variables: Variables): string {
  return text.replaceAll(/\$\(([^)]+)\)/g, (whole, name: string) => variables[name] ?? whole);
}

/** What the container's words ask for, of the kubelet or of a shell, and nobody gives. */
function missingIn({ command, args, env }: Container, variables: Variables): readonly string[] {
  const words = [...(command ?? []), ...(args ?? []), ...(env ?? []).map((it) => it.value ?? '')];
  const names = words.flatMap((it) =>
    [...it.matchAll(/\$[({]?([A-Z][A-Z0-9_]*)/g)].map((match) => match[1] ?? ''),
  );
  return [...new Set(names)].filter((it) => !Object.hasOwn(variables, it));
}
