/** The check on SELinux options. Upstream: policy/check_seLinuxOptions.go. */
import { joinQuote, namesWhere, pluralize, settersText, sorted, type CheckPod } from './check.ts';

export const SELINUX_TYPES: readonly string[] = [
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
];
/** 1.31 adds one. */
export const SELINUX_TYPES_31: readonly string[] = [...SELINUX_TYPES, 'container_engine_t'];

interface Options {
  readonly type?: string;
  readonly user?: string;
  readonly role?: string;
}

export function seLinuxOptions(allowed: readonly string[]): CheckPod {
  return (pod) => {
    const types: string[] = [];
    let [setsUser, setsRole] = [false, false];
    const isBad = (options: Options | undefined): boolean => {
      if (!options) return false;
      const badType = !allowed.includes(options.type ?? '');
      if (badType) types.push(options.type ?? '');
      if (options.user) setsUser = true;
      if (options.role) setsRole = true;
      return badType || !!options.user || !!options.role;
    };
    const podIsBad = isBad(pod.spec.securityContext?.seLinuxOptions);
    const names = namesWhere(pod, (it) => isBad(it.securityContext?.seLinuxOptions));
    if (!podIsBad && names.length === 0) return undefined;
    const distinct = sorted(types);
    const data: string[] = [];
    if (distinct.length > 0) {
      data.push(`${pluralize('type', 'types', distinct.length)} ${joinQuote(distinct)}`);
    }
    if (setsUser) data.push('user may not be set');
    if (setsRole) data.push('role may not be set');
    return {
      reason: 'seLinuxOptions',
      detail:
        `${settersText(podIsBad, names)} set forbidden securityContext.seLinuxOptions: ` +
        data.join('; '),
    };
  };
}
