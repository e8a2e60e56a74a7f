/** The check on sysctls, and which were safe since when. Upstream: policy/check_sysctls.go. */
import type { CheckPod } from './check.ts';

export const SYSCTLS: readonly string[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
/** From 1.27. */
export const SYSCTLS_27: readonly string[] = [...SYSCTLS, 'net.ipv4.ip_local_reserved_ports'];
/** From 1.29. */
export const SYSCTLS_29: readonly string[] = [
  ...SYSCTLS_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
/** From 1.32. */
export const SYSCTLS_32: readonly string[] = [
  ...SYSCTLS_29,
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];

export function sysctls(allowed: readonly string[]): CheckPod {
  return ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? [])
      .map((it) => it.name)
      .filter((it) => !allowed.includes(it));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };
}
