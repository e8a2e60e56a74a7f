/** Containers that serve the app beside them: proxies, database tunnels, log agents. */
import { parseImageName, type PodContainer } from '../../lifecycle/index.ts';

/** What the app loses when the helper is gone. */
export type HelperKind = 'network' | 'database' | 'logs';

const BY_NAME: readonly (readonly [RegExp, HelperKind])[] = [
  [
    /^(istio-proxy|linkerd-proxy|envoy|envoy-sidecar|consul-dataplane|kuma-sidecar|proxyv2)$/,
    'network',
  ],
  [/^(cloud-?sql-?proxy|alloydb-auth-proxy|pgbouncer|gce-proxy)$/, 'database'],
  [
    /^(fluent-?bit|fluentd|filebeat|promtail|vector|otel-collector|opentelemetry-collector)$/,
    'logs',
  ],
];

/** What a container is to its neighbours, by its name or its image's; undefined for an app. */
export function helperKind({ name, container }: PodContainer): HelperKind | undefined {
  const names = [name.toLowerCase(), parseImageName(container.image ?? '').name.toLowerCase()];
  return BY_NAME.find(([pattern]) => names.some((it) => pattern.test(it)))?.[1];
}

/** `the network`: what goes with it. */
export const WHAT_GOES: Readonly<Record<HelperKind, string>> = {
  network: 'its network',
  database: 'its way to the database',
  logs: 'the collector of its last log lines',
};
