/** How long the proxies before a pod keep idle connections to it, where that is known. */
import type { TrafficConsumer } from '../../lifecycle/index.ts';

/** Seconds, and what says so; `declared` where the manifest does. */
export interface ProxyKeepAlive {
  readonly seconds: number;
  readonly who: string;
  readonly declared: boolean;
}

/** The idle time after which an ingress controller or load balancer closes its side. */
export function proxyKeepAlive({
  route,
  service,
  label,
}: TrafficConsumer): ProxyKeepAlive | undefined {
  const annotations = route?.metadata.annotations ?? service.metadata.annotations ?? {};
  const spec = (route as { spec?: { ingressClassName?: string } } | undefined)?.spec;
  switch (spec?.ingressClassName ?? annotations['kubernetes.io/ingress.class'] ?? '') {
    case 'nginx':
      // upstream-keepalive-timeout of ingress-nginx.
      return { seconds: 60, who: `${label} (ingress-nginx)`, declared: false };
    case 'alb': {
      const attributes = annotations['alb.ingress.kubernetes.io/load-balancer-attributes'] ?? '';
      const own = /idle_timeout\.timeout_seconds=(\d+)/.exec(attributes)?.[1];
      return { seconds: own ? Number(own) : 60, who: label, declared: own !== undefined };
    }
    case 'gce':
      // Fixed by the load balancer.
      return { seconds: 600, who: label, declared: true };
    default:
      return undefined;
  }
}
