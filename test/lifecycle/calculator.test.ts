import { describe, expect, test } from 'vitest';
import { adviseShutdown, type ClientClass } from '../../server/src/lifecycle/index.ts';
import type { KubernetesObject } from '../../server/src/manifest/index.ts';
import { pod, service, world } from './world.ts';

const web = pod('containers: [{name: app, image: shop/web:1, ports: [{containerPort: 8080}]}]');
const ingress = (className: string, annotations = {}) =>
  ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop', namespace: 'default', annotations },
    spec: {
      ingressClassName: className,
      rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'web' } } }] } }],
    },
  }) as KubernetesObject;
const nlb = service('type: LoadBalancer', {
  annotations: { 'cloud.google.com/neg': '{"exposed_ports": {"80": {}}}' },
});

describe('the smallest safe preStop of the default profile', () => {
  test.each<[string, KubernetesObject[], ClientClass[], number, string]>([
    ['clients of a cluster IP', [service()], ['cluster-ip'], 4, 'p.proxy'],
    ['clients behind ingress-nginx', [service(), ingress('nginx')], ['ingress'], 6, 'p.ingress'],
    [
      'clients that resolve a headless name',
      [service('clusterIP: None')],
      ['headless'],
      33,
      'p.dnscache',
    ],
    ['clients of a load balancer with pod targets', [nlb], ['load-balancer'], 32, 'p.lbdereg'],
  ])('for %s', (_, objects, classes, seconds, parameter) => {
    const advice = adviseShutdown({ ...world(web, objects), classes });
    expect(advice).toMatchObject({
      preStopSeconds: seconds,
      gracePeriodSeconds: seconds + 6,
      proved: true,
      dominatedBy: { parameter },
    });
  });

  test('is the longest that any client needs', () => {
    const advice = adviseShutdown(world(web, [service(), ingress('nginx')]));
    expect(advice?.needs.map((it) => [it.clientClass, it.preStopSeconds])).toEqual([
      ['cluster-ip', 4],
      ['ingress', 6],
    ]);
    expect(advice?.preStopSeconds).toBe(6);
  });

  test('is nothing where the app goes on accepting while it drains', () => {
    const draining = pod(
      'containers: [{name: app, image: shop/web:1, ports: [{containerPort: 8080}]}]',
      {
        annotations: {
          'podsage.dev/app.on-sigterm': 'drain-then-stop',
          'podsage.dev/app.drain-seconds': '10-15',
        },
      },
    );
    expect(adviseShutdown(world(draining))).toMatchObject({
      preStopSeconds: 0,
      gracePeriodSeconds: 20,
      proved: true,
    });
  });

  test('grows with the environment', () => {
    const slow = adviseShutdown(world(web, [service()], { parameters: { 'p.proxy': '0-10' } }));
    expect(slow?.preStopSeconds).toBe(12);
  });

  test('is none for a pod without Service, and none helps behind publishNotReadyAddresses', () => {
    expect(adviseShutdown(world(web, []))).toBeUndefined();
    expect(adviseShutdown(world(web, [service('publishNotReadyAddresses: true')]))).toBeUndefined();
  });

  test('counts once for each pod of a StatefulSet in a rollout', () => {
    const workload = { kind: 'StatefulSet', metadata: { name: 'db' }, spec: { replicas: 3 } };
    const cost = adviseShutdown({ ...world(web), workload })?.cost;
    expect(cost?.perRolloutSeconds.latest).toBeCloseTo(3 * (cost?.podSeconds.latest ?? 0), 6);
  });

  test('cannot be proved for an app that ignores the stop signal', () => {
    const deaf = pod(
      'containers: [{name: app, image: x, command: [sleep, "9999"], ports: [{containerPort: 8080}]}]',
    );
    const advice = adviseShutdown(world(deaf));
    expect(advice).toMatchObject({ preStopSeconds: 0, proved: false });
    expect(advice?.assumptions.join()).toContain('no grace period is long enough');
  });
});
