/**
 * The checks of the `baseline` level.
 * Upstream: staging/src/k8s.io/pod-security-admission/policy/check_*.go.
 */
import {
  containersOf,
  containersText,
  hasOwnUserNamespace,
  joinQuote,
  namesWhere,
  pluralize,
  settersText,
  sorted,
  type Check,
  type CheckPod,
} from './check.ts';
import { seLinuxOptions, SELINUX_TYPES, SELINUX_TYPES_31 } from './se-linux.ts';
import { sysctls, SYSCTLS, SYSCTLS_27, SYSCTLS_29, SYSCTLS_32 } from './sysctls.ts';

const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const appArmorProfile: CheckPod = (pod) => {
  const allowed = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost';
  const own = pod.spec.securityContext?.appArmorProfile?.type;
  const podIsBad = own !== undefined && !allowed(own);
  const values = podIsBad ? [own] : [];
  const containers: string[] = [];
  for (const { name, securityContext } of containersOf(pod.spec)) {
    const type = securityContext?.appArmorProfile?.type;
    if (type === undefined || allowed(type)) continue;
    containers.push(name);
    values.push(type);
  }
  const annotations = Object.entries(pod.annotations)
    .filter(([key, it]) => key.startsWith(APPARMOR_ANNOTATION) && !isAppArmorValue(it))
    .map(([key, it]) => `${key}=${JSON.stringify(it)}`)
    .sort();
  const setters = [settersText(podIsBad, containers)].filter((it) => it !== '');
  if (annotations.length > 0) {
    setters.push(pluralize('annotation', 'annotations', annotations.length));
  }
  if (setters.length === 0) return undefined;
  const bad = [...sorted(values), ...annotations];
  return {
    reason: pluralize('forbidden AppArmor profile', 'forbidden AppArmor profiles', bad.length),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${joinQuote(bad)}`,
  };
};

function isAppArmorValue(text: string): boolean {
  return text === '' || text === 'runtime/default' || text.startsWith('localhost/');
}

const capabilities: CheckPod = (pod) => {
  const bad: string[] = [];
  const names = namesWhere(pod, ({ securityContext }) => {
    const added = (securityContext?.capabilities?.add ?? []).filter((it) => !CAPABILITIES.has(it));
    bad.push(...added);
    return added.length > 0;
  });
  if (names.length === 0) return undefined;
  return {
    reason: 'non-default capabilities',
    detail:
      `${containersText(names)} must not include ${joinQuote(sorted(bad))} ` +
      'in securityContext.capabilities.add',
  };
};

const hostNamespaces: CheckPod = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((it) => spec[it]);
  if (used.length === 0) return undefined;
  return { reason: 'host namespaces', detail: used.map((it) => `${it}=true`).join(', ') };
};

const hostPathVolumes: CheckPod = ({ spec }) => {
  const names = (spec.volumes ?? []).filter((it) => it.hostPath).map((it) => it.name);
  if (names.length === 0) return undefined;
  return {
    reason: 'hostPath volumes',
    detail: `${pluralize('volume', 'volumes', names.length)} ${joinQuote(names)}`,
  };
};

const hostPorts: CheckPod = (pod) => {
  const ports: string[] = [];
  const names = namesWhere(pod, (container) => {
    const used = (container.ports ?? []).filter((it) => it.hostPort);
    ports.push(...used.map((it) => String(it.hostPort)));
    return used.length > 0;
  });
  if (names.length === 0) return undefined;
  const distinct = sorted(ports);
  return {
    reason: 'hostPort',
    detail:
      `${containersText(names)} ${pluralize('uses', 'use', names.length)} ` +
      `${pluralize('hostPort', 'hostPorts', distinct.length)} ${distinct.join(', ')}`,
  };
};

const hostProbesAndLifecycle: CheckPod = (pod) => {
  const hosts: string[] = [];
  const names = namesWhere(pod, (it) => {
    const handlers = [
      it.livenessProbe,
      it.readinessProbe,
      it.startupProbe,
      it.lifecycle?.postStart,
      it.lifecycle?.preStop,
    ];
    const used = handlers
      .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter((host) => !!host) as string[];
    hosts.push(...used);
    return used.length > 0;
  });
  if (names.length === 0) return undefined;
  const [containers, distinct] = [sorted(names), sorted(hosts)];
  return {
    reason: 'probe or lifecycle host',
    detail:
      `${containersText(containers)} ${pluralize('uses', 'use', containers.length)} ` +
      `${pluralize('probe or lifecycle host', 'probe or lifecycle hosts', distinct.length)} ` +
      joinQuote(distinct),
  };
};

const privileged: CheckPod = (pod) => {
  const names = namesWhere(pod, (it) => it.securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return {
    reason: 'privileged',
    detail: `${containersText(names)} must not set securityContext.privileged=true`,
  };
};

/** Also the restricted check of 1.35, which knows no user namespaces. */
export const procMount: CheckPod = (pod) => {
  const types: string[] = [];
  const names = namesWhere(pod, ({ securityContext }) => {
    const type = securityContext?.procMount;
    if (type === undefined || type === null || type === 'Default') return false;
    types.push(type);
    return true;
  });
  if (names.length === 0) return undefined;
  return {
    reason: 'procMount',
    detail:
      `${containersText(names)} must not set securityContext.procMount to ` +
      joinQuote(sorted(types)),
  };
};

const seccompAnnotations: CheckPod = ({ annotations, spec }) => {
  const keys = [SECCOMP_POD, ...containersOf(spec).map((it) => `${SECCOMP_CONTAINER}${it.name}`)];
  const bad = keys
    .filter((key) => annotations[key] !== undefined && !isSeccompValue(annotations[key]))
    .map((key) => `${key}=${JSON.stringify(annotations[key])}`);
  const distinct = sorted(bad);
  if (distinct.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail:
      `forbidden ${pluralize('annotation', 'annotations', distinct.length)} ` + distinct.join(', '),
  };
};

function isSeccompValue(text: string): boolean {
  return text === 'runtime/default' || text === 'docker/default' || text.startsWith('localhost/');
}

const seccompProfile: CheckPod = (pod) => {
  const allowed = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost';
  const own = pod.spec.securityContext?.seccompProfile?.type;
  const podIsBad = own !== undefined && !allowed(own);
  const values = podIsBad ? [own] : [];
  const names = namesWhere(pod, ({ securityContext }) => {
    const type = securityContext?.seccompProfile?.type;
    if (type === undefined || allowed(type)) return false;
    values.push(type);
    return true;
  });
  if (!podIsBad && names.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail:
      `${settersText(podIsBad, names)} must not set securityContext.seccompProfile.type to ` +
      joinQuote(sorted(values)),
  };
};

const windowsHostProcess: CheckPod = (pod) => {
  const own = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
  const names = namesWhere(pod, (it) => it.securityContext?.windowsOptions?.hostProcess === true);
  if (!own && names.length === 0) return undefined;
  return {
    reason: 'hostProcess',
    detail:
      `${settersText(own, names)} must not set ` +
      'securityContext.windowsOptions.hostProcess=true',
  };
};

function always(id: string, check: CheckPod): Check {
  return { id, level: 'baseline', versions: [{ since: 0, check }] };
}

export const BASELINE_CHECKS: readonly Check[] = [
  always('appArmorProfile', appArmorProfile),
  always('capabilities_baseline', capabilities),
  always('hostNamespaces', hostNamespaces),
  always('hostPathVolumes', hostPathVolumes),
  always('hostPorts', hostPorts),
  {
    id: 'hostProbesAndHostLifecycle',
    level: 'baseline',
    versions: [{ since: 34, check: hostProbesAndLifecycle }],
  },
  always('privileged', privileged),
  {
    id: 'procMount',
    level: 'baseline',
    versions: [
      { since: 0, check: procMount },
      { since: 35, check: (pod) => (hasOwnUserNamespace(pod) ? undefined : procMount(pod)) },
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      { since: 0, check: seLinuxOptions(SELINUX_TYPES) },
      { since: 31, check: seLinuxOptions(SELINUX_TYPES_31) },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompProfile },
    ],
  },
  {
    id: 'sysctls',
    level: 'baseline',
    versions: [
      { since: 0, check: sysctls(SYSCTLS) },
      { since: 27, check: sysctls(SYSCTLS_27) },
      { since: 29, check: sysctls(SYSCTLS_29) },
      { since: 32, check: sysctls(SYSCTLS_32) },
    ],
  },
  always('windowsHostProcess', windowsHostProcess),
];
