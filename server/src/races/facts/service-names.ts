/** Which Service a host's name means to a pod, by the search domains of cluster DNS. */
import type { ClusterSnapshot } from '../../cluster/index.ts';
import { isHeadless } from '../../endpoints/index.ts';
import type { Service } from '../../manifest/index.ts';

/** The Service that a name or cluster IP stands for in a namespace; undefined for other hosts. */
export function serviceOfHost(
  host: string,
  namespace: string,
  snapshot: ClusterSnapshot,
): Service | undefined {
  const bare = host.replace(/\.$/, '').replace(/\.svc(?:\.cluster\.local)?$/, '');
  if (/^[\d.]+$/.test(bare) || bare.includes(':')) {
    return snapshot.list('Service').find((it) => it.spec.clusterIP === host);
  }
  const [first = '', second, third, ...more] = bare.split('.');
  if (more.length > 0) return undefined;
  const own = snapshot.get('Service', second ?? namespace, first);
  if (own && third === undefined) return own;
  // `db-0.db` and `db-0.db.shop`: a pod of a headless Service.
  const headless = second && snapshot.get('Service', third ?? namespace, second);
  return headless && isHeadless(headless) && /-\d+$/.test(first) ? headless : undefined;
}
