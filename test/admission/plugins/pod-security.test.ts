import { expect, test } from 'vitest';
import { podSecurity } from '../../../server/src/admission/plugins/pod-security.ts';
import { manifest, pod, run, type Json } from './plugin-request.ts';

const namespace = (labels: Json): Json =>
  manifest('v1', 'Namespace', 'ns', {
    metadata: {
      labels: Object.fromEntries(
        Object.entries(labels).map(([k, v]) => [`pod-security.kubernetes.io/${k}`, v]),
      ),
    },
  });
const good = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};
const secure = (context: Json = {}, more: Json = {}): Json =>
  pod({ containers: [{ name: 'app', securityContext: { ...good, ...context } }], ...more });
const refused = (object: Json, labels: Json): string | undefined =>
  run(podSecurity, object, [namespace(labels)]).refusal?.message;

test.each<[string, Json, Json, string | undefined]>([
  ['nothing wrong', secure(), { enforce: 'restricted' }, undefined],
  [
    'a capability beyond the default ones',
    secure({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    { enforce: 'baseline' },
    'non-default capabilities (container "app" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    'the same under restricted, whose check stands in for it',
    secure({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    { enforce: 'restricted' },
    'unrestricted capabilities (container "app" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    'SELinux options',
    secure({ seLinuxOptions: { type: 'spc_t', user: 'root' } }),
    { enforce: 'baseline' },
    'seLinuxOptions (container "app" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
  ],
  [
    'root by user id',
    secure({}, { securityContext: { runAsUser: 0 } }),
    { enforce: 'restricted' },
    'runAsUser=0 (pod must not set runAsUser=0)',
  ],
  [
    'root in a user namespace',
    secure({ runAsNonRoot: false }, { hostUsers: false }),
    { enforce: 'restricted' },
    undefined,
  ],
  [
    'root in a user namespace before 1.35',
    secure({ runAsNonRoot: false }, { hostUsers: false }),
    { enforce: 'restricted', 'enforce-version': 'v1.34' },
    'runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false)',
  ],
  [
    'a probe of another host',
    pod({ containers: [{ name: 'app', livenessProbe: { httpGet: { host: '10.0.0.1' } } }] }),
    { enforce: 'baseline' },
    'probe or lifecycle host (container "app" uses probe or lifecycle host "10.0.0.1")',
  ],
  [
    'the same before 1.34',
    pod({ containers: [{ name: 'app', livenessProbe: { httpGet: { host: '10.0.0.1' } } }] }),
    { enforce: 'baseline', 'enforce-version': 'v1.33' },
    undefined,
  ],
  [
    'a safe sysctl',
    secure({}, { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }),
    { enforce: 'baseline' },
    undefined,
  ],
  [
    'a sysctl that was not safe yet',
    secure({}, { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }),
    { enforce: 'baseline', 'enforce-version': 'v1.31' },
    'forbidden sysctls (net.ipv4.tcp_rmem)',
  ],
  [
    'a label that cannot be read is held to the strictest level',
    pod({ containers: [{ name: 'app', securityContext: { ...good, runAsNonRoot: false } }] }),
    { enforce: 'strict' },
    'runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false)',
  ],
])('%s', (_, object, labels, violations) => {
  const level = labels['enforce'] === 'strict' ? 'restricted' : labels['enforce'];
  const version = (labels['enforce-version'] as string | undefined) ?? 'latest';
  expect(refused(object, labels)).toBe(
    violations &&
      `pods "web" is forbidden: violates PodSecurity "${String(level)}:${version}": ${violations}`,
  );
});

test('a workload is warned of what its Pods would be refused for, and admitted', () => {
  const template = { spec: { containers: [{ name: 'app' }], hostPID: true } };
  const workloads = [
    manifest('apps/v1', 'Deployment', 'web', { spec: { template } }),
    manifest('batch/v1', 'CronJob', 'web', { spec: { jobTemplate: { spec: { template } } } }),
  ];
  for (const it of workloads) {
    const { refusal, warnings } = run(podSecurity, it, [namespace({ enforce: 'baseline' })]);
    expect(refusal).toBeUndefined();
    expect(warnings).toEqual([
      'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)',
    ]);
  }
});

test('a Namespace may not be labelled with a level that does not exist', () => {
  const { refusal } = run(podSecurity, namespace({ warn: 'strict' }));
  expect(refusal).toMatchObject({
    code: 422,
    message:
      'Namespace "ns" is invalid: metadata.labels[pod-security.kubernetes.io/warn]: ' +
      'Invalid value: "strict": must be one of privileged, baseline, restricted',
  });
});
