import { expect, test } from 'vitest';
import { resourceQuota } from '../../../server/src/admission/plugins/resource-quota.ts';
import { manifest, pod, run, type Json } from './plugin-request.ts';

const quota = (spec: Json, status?: Json): Json =>
  manifest('v1', 'ResourceQuota', 'q', {
    metadata: { namespace: 'ns' },
    spec,
    ...(status && { status }),
  });
const app = (requests: Json): Json => ({ name: 'app', resources: { requests } });
const message = (object: Json, ...world: Json[]): string | undefined =>
  run(resourceQuota, object, world).refusal?.message;

test('what other declared Pods use counts where the quota has no status', () => {
  const other = {
    ...pod({ containers: [app({ cpu: '1500m' })] }),
    metadata: { name: 'x', namespace: 'ns' },
  };
  const one = pod({ containers: [app({ cpu: '600m' })] });
  const hard = quota({ hard: { 'requests.cpu': 2, pods: 5 } });
  expect(message(one, hard)).toBeUndefined();
  expect(message(one, hard, other)).toBe(
    'pods "web" is forbidden: exceeded quota: q, requested: requests.cpu=600m, ' +
      'used: requests.cpu=1500m, limited: requests.cpu=2',
  );
});

test('a quota on cpu makes every container say how much, pod-level resources say it for all', () => {
  const hard = quota({ hard: { 'requests.cpu': 2, 'limits.memory': '1Gi' } });
  const silent = pod({ containers: [app({}), { name: 'b' }], initContainers: [{ name: 'a' }] });
  const said = pod({
    containers: [app({})],
    resources: { requests: { cpu: 1 } },
  });
  expect(message(silent, hard)).toBe(
    'pods "web" is forbidden: failed quota: q: must specify ' +
      'limits.memory for: a,app,b; requests.cpu for: a,app,b',
  );
  expect(message(said, hard)).toBeUndefined();
});

test.each([
  [{ scopes: ['BestEffort'] }, {}, true],
  [{ scopes: ['NotBestEffort'] }, {}, false],
  [{ scopes: ['Terminating'] }, { activeDeadlineSeconds: 5 }, true],
  [{ scopes: ['NotTerminating'] }, { activeDeadlineSeconds: 5 }, false],
  [{ scopes: ['PriorityClass'] }, { priorityClassName: 'high' }, true],
  [
    {
      scopeSelector: {
        matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
      },
    },
    { priorityClassName: 'low' },
    false,
  ],
  [
    { scopes: ['CrossNamespacePodAffinity'] },
    {
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['x'] }] },
      },
    },
    true,
  ],
])('a quota with %j applies to a Pod with %j: %s', (scope, spec, applies) => {
  const hard = quota({ hard: { pods: 0 }, ...scope });
  const refused = message(pod({ containers: [{ name: 'app' }], ...spec }), hard);
  expect(refused !== undefined).toBe(applies);
});

test('a load balancer takes a node port for each port unless it is told not to', () => {
  const service = (more: Json): Json =>
    manifest('v1', 'Service', 'web', {
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }, { port: 81 }], ...more },
    });
  const hard = quota({ hard: { 'services.nodeports': 1, 'services.loadbalancers': 1 } });
  expect(message(service({}), hard)).toMatch(/requested: services.nodeports=2, used: .*=0, /);
  expect(message(service({ allocateLoadBalancerNodePorts: false }), hard)).toBeUndefined();
});

test('any kind is counted by count/ and its resource', () => {
  const deployment = manifest('apps/v1', 'Deployment', 'web', { spec: {} });
  const status = { hard: { 'count/deployments.apps': 3 }, used: { 'count/deployments.apps': 3 } };
  expect(message(deployment, quota({ hard: {} }, status))).toBe(
    'deployments.apps "web" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, ' +
      'used: count/deployments.apps=3, limited: count/deployments.apps=3',
  );
});

test('claims count in whole bytes, and resources of device classes as those of other vendors', () => {
  const claim = manifest('v1', 'PersistentVolumeClaim', 'c', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1001m' } } },
  });
  expect(message(claim, quota({ hard: { 'requests.storage': 1 } }))).toBe(
    'persistentvolumeclaims "c" is forbidden: exceeded quota: q, requested: requests.storage=2, ' +
      'used: requests.storage=0, limited: requests.storage=1',
  );
  const name = 'deviceclass.resource.kubernetes.io/gpu';
  expect(
    message(
      pod({ containers: [app({ [name]: 3 })] }),
      quota({ hard: { [`requests.${name}`]: 2 } }),
    ),
  ).toBe(
    `pods "web" is forbidden: exceeded quota: q, requested: requests.${name}=3, ` +
      `used: requests.${name}=0, limited: requests.${name}=2`,
  );
});
