import { expect, test } from 'vitest';
import {
  preparePodForCreate,
  preparePodTemplateForCreate,
  setPodDefaults,
  setPodTemplateDefaults,
} from '../../../server/src/admission/index.ts';
import type { Pod, PodTemplateSpec } from '../../../server/src/manifest/index.ts';
import { podWith } from '../../support/admitted-pod.ts';

function defaulted(pod: Pod): Pod {
  setPodDefaults(pod);
  return pod;
}

function prepared(pod: Pod): Pod {
  setPodDefaults(pod);
  preparePodForCreate(pod);
  return pod;
}

test('a Pod gets the policies, the grace period and the scheduler it does not name', () => {
  const { spec } = defaulted(podWith({}));
  expect(spec).toEqual({
    serviceAccountName: 'default',
    serviceAccount: 'default',
    containers: [
      {
        name: 'app',
        image: 'nginx',
        imagePullPolicy: 'Always',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        resources: {},
      },
    ],
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
  });
});

test('requests come from limits in a Pod but not in a template', () => {
  const resources = { limits: { cpu: '1' } };
  expect(defaulted(podWith({}, { resources })).spec.containers[0]?.resources).toEqual({
    limits: { cpu: '1' },
    requests: { cpu: '1' },
  });
  const template = { spec: podWith({}, { resources }).spec } as PodTemplateSpec;
  setPodTemplateDefaults(template);
  expect(template.spec?.containers[0]?.resources).toEqual({ limits: { cpu: '1' } });
  expect(template.spec?.enableServiceLinks).toBeUndefined();
});

test('amounts finer than a thousandth are rounded up', () => {
  const resources = { limits: { cpu: '100u', memory: '1.5Gi' } };
  const { containers } = defaulted(podWith({}, { resources })).spec;
  expect(containers[0]?.resources?.limits).toEqual({ cpu: '1m', memory: '1536Mi' });
});

test('on the host network a container port is a port of the host', () => {
  const ports = [{ containerPort: 80 }, { containerPort: 81, hostPort: 8081 }];
  const { containers } = defaulted(podWith({ hostNetwork: true }, { ports })).spec;
  expect(containers[0]?.ports).toEqual([
    { containerPort: 80, hostPort: 80, protocol: 'TCP' },
    { containerPort: 81, hostPort: 8081, protocol: 'TCP' },
  ]);
});

test('probes get their periods and thresholds, and their requests path and scheme', () => {
  const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 5 };
  const { containers } = defaulted(podWith({}, { readinessProbe })).spec;
  expect(containers[0]?.readinessProbe).toEqual({
    httpGet: { port: 80, path: '/', scheme: 'HTTP' },
    periodSeconds: 5,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  });
});

test('a volume without a source is an empty folder, and files get their modes', () => {
  const volumes = [{ name: 'a' }, { name: 'b', configMap: { name: 'c' } }, token()];
  expect(defaulted(podWith({ volumes })).spec.volumes).toEqual([
    { name: 'a', emptyDir: {} },
    { name: 'b', configMap: { name: 'c', defaultMode: 420 } },
    {
      name: 'token',
      projected: {
        defaultMode: 420,
        sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }],
      },
    },
  ]);
});

function token(): object {
  return { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } };
}

test('a negative grace period becomes one second in a Pod and stays in a template', () => {
  const spec = { terminationGracePeriodSeconds: -5 };
  expect(defaulted(podWith(spec)).spec.terminationGracePeriodSeconds).toBe(1);
  const template = { spec: podWith(spec).spec } as PodTemplateSpec;
  setPodTemplateDefaults(template);
  expect(template.spec?.terminationGracePeriodSeconds).toBe(-5);
});

test('pod-level requests come from the containers, then from the pod-level limits', () => {
  const resources = { requests: { cpu: '250m' } };
  const pod = podWith({ resources: { limits: { cpu: '1', memory: '1Gi' } } }, { resources });
  expect(defaulted(pod).spec.resources).toEqual({
    limits: { cpu: '1', memory: '1Gi' },
    requests: { cpu: '250m', memory: '1Gi' },
  });
});

test('defaulting twice changes nothing', () => {
  const once = defaulted(podWith({ volumes: [{ name: 'a' }], hostNetwork: true }));
  expect(defaulted(structuredClone(once))).toEqual(once);
});

test.each([
  [{ limits: { cpu: '1', memory: '1Gi' } }, undefined, 'Guaranteed'],
  [{ requests: { cpu: '1' } }, undefined, 'Burstable'],
  [{ limits: { cpu: '1' } }, undefined, 'Burstable'],
  [{ limits: { 'nvidia.com/gpu': 1 } }, undefined, 'BestEffort'],
  // Written at pod level, even if empty, they alone decide.
  [{ limits: { cpu: '1', memory: '1Gi' } }, {}, 'BestEffort'],
  [{}, { limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
])('resources %j in a pod with %j make it %s', (resources, podLevel, qosClass) => {
  expect(prepared(podWith({ resources: podLevel }, { resources })).status).toMatchObject({
    phase: 'Pending',
    qosClass,
  });
});

test('a gated Pod is stored with the condition that says so', () => {
  const { status } = prepared(podWith({ schedulingGates: [{ name: 'example.com/wait' }] }));
  expect(status?.conditions).toMatchObject([
    { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' },
  ]);
});

test('fields of features that are off by default do not reach the store', () => {
  const pod = prepared(podWith({}, { lifecycle: { stopSignal: 'SIGUSR1' } }));
  expect(pod.spec.containers[0]?.lifecycle).toBeUndefined();
  const lifecycle = { stopSignal: 'SIGUSR1', preStop: { sleep: { seconds: 1 } } };
  const template = { spec: podWith({}, { lifecycle }).spec } as PodTemplateSpec;
  preparePodTemplateForCreate(template);
  expect(template.spec?.containers[0]?.lifecycle).toEqual({ preStop: { sleep: { seconds: 1 } } });
});

test("matchLabelKeys become expressions with the Pod's own values", () => {
  const constraint = {
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { tier: 'front' } },
    matchLabelKeys: ['app', 'missing'],
  };
  const pod = prepared(podWith({ topologySpreadConstraints: [constraint] }));
  expect(pod.spec.topologySpreadConstraints?.[0]?.labelSelector).toEqual({
    matchLabels: { tier: 'front' },
    matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }],
  });
});

test('an AppArmor annotation becomes a field, with a warning', () => {
  const pod = podWith({});
  const key = 'container.apparmor.security.beta.kubernetes.io/app';
  Object.assign(pod.metadata, { annotations: { [key]: 'localhost/own' } });
  setPodDefaults(pod);
  expect(preparePodForCreate(pod)).toEqual([
    `metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
  ]);
  expect(pod.spec.containers[0]?.securityContext?.appArmorProfile).toEqual({
    type: 'Localhost',
    localhostProfile: 'own',
  });
});
