/**
 * The checks that the `restricted` level adds.
 * Upstream: staging/src/k8s.io/pod-security-admission/policy/check_*.go.
 */
import type { Container, Volume } from '../../manifest/index.ts';
import { procMount } from './baseline.ts';
import {
  containersOf,
  containersText,
  hasOwnUserNamespace,
  isWindows,
  joinQuote,
  namesWhere,
  pluralize,
  settersText,
  sorted,
  type Check,
  type CheckPod,
} from './check.ts';

const ALLOWED_VOLUMES: readonly (keyof Volume)[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const allowPrivilegeEscalation: CheckPod = (pod) => {
  const names = namesWhere(pod, (it) => it.securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

const capabilities: CheckPod = (pod) => {
  const bad: string[] = [];
  const missing = namesWhere(pod, (it) => !it.securityContext?.capabilities?.drop?.includes('ALL'));
  const adding = namesWhere(pod, ({ securityContext }) => {
    const added = (securityContext?.capabilities?.add ?? []).filter(
      (it) => it !== 'NET_BIND_SERVICE',
    );
    bad.push(...added);
    return added.length > 0;
  });
  const details: string[] = [];
  if (missing.length > 0) {
    details.push(`${containersText(missing)} must set securityContext.capabilities.drop=["ALL"]`);
  }
  if (adding.length > 0) {
    details.push(
      `${containersText(adding)} must not include ${joinQuote(sorted(bad))} ` +
        'in securityContext.capabilities.add',
    );
  }
  if (details.length === 0) return undefined;
  return { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const restrictedVolumes: CheckPod = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((it) => !ALLOWED_VOLUMES.some((type) => it[type]));
  if (bad.length === 0) return undefined;
  const types = sorted(
    bad.map((it) => Object.keys(it).find((key) => key !== 'name' && isSet(it, key)) ?? 'unknown'),
  );
  return {
    reason: 'restricted volume types',
    detail:
      `${pluralize('volume', 'volumes', bad.length)} ${joinQuote(bad.map((it) => it.name))} ` +
      `${pluralize('uses', 'use', bad.length)} ` +
      `${pluralize('restricted volume type', 'restricted volume types', types.length)} ` +
      joinQuote(types),
  };
};

function isSet(volume: Volume, key: string): boolean {
  const value = (volume as Readonly<Record<string, unknown>>)[key];
  return value !== undefined && value !== null;
}

const runAsNonRoot: CheckPod = (pod) => {
  const own = pod.spec.securityContext?.runAsNonRoot ?? undefined;
  const ofContainer = (it: Container): boolean | undefined =>
    it.securityContext?.runAsNonRoot ?? undefined;
  const explicit = namesWhere(pod, (it) => ofContainer(it) === false);
  const implicit = namesWhere(pod, (it) => ofContainer(it) === undefined && own !== true);
  const reason = 'runAsNonRoot != true';
  if (own === false || explicit.length > 0) {
    const setters = settersText(own === false, explicit);
    return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  }
  if (implicit.length === 0) return undefined;
  return {
    reason,
    detail: `pod or ${containersText(implicit)} must set securityContext.runAsNonRoot=true`,
  };
};

const runAsUser: CheckPod = (pod) => {
  const own = pod.spec.securityContext?.runAsUser === 0;
  const names = namesWhere(pod, (it) => it.securityContext?.runAsUser === 0);
  if (!own && names.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${settersText(own, names)} must not set runAsUser=0` };
};

const seccompProfile: CheckPod = (pod) => {
  const allowed = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost';
  const own = pod.spec.securityContext?.seccompProfile?.type;
  const podIsBad = own !== undefined && !allowed(own);
  const podIsGood = own !== undefined && allowed(own);
  const values = podIsBad ? [own] : [];
  const [explicit, implicit]: [string[], string[]] = [[], []];
  for (const { name, securityContext } of containersOf(pod.spec)) {
    const profile = securityContext?.seccompProfile;
    if (!profile) {
      if (!podIsGood) implicit.push(name);
    } else if (!allowed(profile.type)) {
      explicit.push(name);
      values.push(profile.type);
    }
  }
  const field = 'securityContext.seccompProfile.type';
  if (podIsBad || explicit.length > 0) {
    const setters = settersText(podIsBad, explicit);
    return {
      reason: 'seccompProfile',
      detail: `${setters} must not set ${field} to ${joinQuote(sorted(values))}`,
    };
  }
  if (implicit.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail:
      `pod or ${containersText(implicit)} must set ${field} to ` +
      '"RuntimeDefault" or "Localhost"',
  };
};

/** From 1.25 on Windows pods need not set what only Linux has. */
function linuxOnly(check: CheckPod): CheckPod {
  return (pod) => (isWindows(pod) ? undefined : check(pod));
}

/** From 1.35 on a pod in its own user namespace may run as root. */
function unlessUserNamespace(check: CheckPod): CheckPod {
  return (pod) => (hasOwnUserNamespace(pod) ? undefined : check(pod));
}

export const RESTRICTED_CHECKS: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      { since: 8, check: allowPrivilegeEscalation },
      { since: 25, check: linuxOnly(allowPrivilegeEscalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    versions: [
      { since: 22, check: capabilities, overrides: ['capabilities_baseline'] },
      { since: 25, check: linuxOnly(capabilities), overrides: ['capabilities_baseline'] },
    ],
  },
  {
    id: 'procMount_restricted',
    level: 'restricted',
    versions: [{ since: 35, check: procMount, overrides: ['procMount'] }],
  },
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    versions: [{ since: 0, check: restrictedVolumes, overrides: ['hostPathVolumes'] }],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      { since: 0, check: runAsNonRoot },
      { since: 35, check: unlessUserNamespace(runAsNonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      { since: 23, check: runAsUser },
      { since: 35, check: unlessUserNamespace(runAsUser) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    versions: [
      { since: 19, check: seccompProfile, overrides: ['seccompProfile_baseline'] },
      { since: 25, check: linuxOnly(seccompProfile), overrides: ['seccompProfile_baseline'] },
    ],
  },
];
