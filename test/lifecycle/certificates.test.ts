import { describe, expect, test } from 'vitest';
import { certify } from '../../server/src/lifecycle/index.ts';
import type { KubernetesObject } from '../../server/src/manifest/index.ts';
import { pod, service, world } from './world.ts';

const safe = (more = '', annotations: Record<string, string> = {}) =>
  pod(
    `
terminationGracePeriodSeconds: 30
containers:
- name: app
  image: shop/web:1
  ports: [{containerPort: 8080}]
  readinessProbe: {httpGet: {port: 8080}}
  lifecycle: {preStop: {sleep: {seconds: 5}}}
  ${more}`,
    { annotations: { 'podsage.dev/app.drain-seconds': '0-20', ...annotations } },
  );

const ids = (it: Parameters<typeof certify>[0]) => certify(it).map((it) => it.id);

describe('what is proved safe', () => {
  test('a pod that waits, drains and is probed has its certificates, each with its reasons', () => {
    const all = certify(world(safe()));
    expect(all.map((it) => it.id)).toEqual([
      'cert-drain',
      'cert-inflight',
      'cert-early',
      'cert-boot',
    ]);
    expect(all[0]?.marginSeconds).toBeCloseTo(1.815, 6);
    expect(all[0]?.assumptions).toContain('p.proxy');
    expect(all[1]?.assumptions).toContain('app.max-request-seconds');
  });

  test('without the hook nothing is said of the drain', () => {
    const bare = pod('containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]');
    expect(ids(world(bare))).toEqual(['cert-boot']);
  });

  test('a drain that does not fit into the grace period is not certified', () => {
    const it = safe('', { 'podsage.dev/app.drain-seconds': '0-26' });
    expect(ids(world(it))).not.toContain('cert-inflight');
  });

  test('a liveness probe that may kill the boot is not certified, a startup probe long enough is', () => {
    const probe = '{httpGet: {port: 8080}, periodSeconds: 2, failureThreshold: 3}';
    expect(ids(world(safe(`livenessProbe: ${probe}`)))).not.toContain('cert-boot');
    const startup = '{httpGet: {port: 8080}, periodSeconds: 2, failureThreshold: 30}';
    const both = `startupProbe: ${startup}\n  livenessProbe: ${probe}`;
    expect(ids(world(safe(both)))).toContain('cert-boot');
  });

  test('a rollout that keeps a pod ready hands over without a gap', () => {
    const deployment = (replicas: number, strategy: object) =>
      ({
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate: strategy } },
      }) as KubernetesObject;
    const withWorkload = (workload: KubernetesObject) => ids({ ...world(safe()), workload });
    expect(withWorkload(deployment(1, {}))).toContain('cert-handover');
    expect(withWorkload(deployment(1, { maxSurge: 0 }))).not.toContain('cert-rollout');
    expect(withWorkload(deployment(4, { maxUnavailable: '100%' }))).not.toContain('cert-rollout');
  });

  test('a budget that can be spent lets a drain through, one that cannot does not', () => {
    const budget = (spec: object) =>
      ({
        kind: 'PodDisruptionBudget',
        metadata: { name: 'web', namespace: 'default' },
        spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
      }) as unknown as KubernetesObject;
    const workload = {
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 3 },
    } as KubernetesObject;
    const drainable = (spec: object) =>
      ids({ ...world(safe(), [service(), budget(spec)]), workload }).includes('cert-drainable');
    expect(drainable({ minAvailable: 2 })).toBe(true);
    expect(drainable({ minAvailable: '50%' })).toBe(true);
    expect(drainable({ minAvailable: '80%' })).toBe(false);
    expect(drainable({ maxUnavailable: 0 })).toBe(false);
  });

  test('configuration that cannot change, or whose change makes new pods, is the same for all', () => {
    const configMap = (immutable: boolean) =>
      ({
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: 'default' },
        immutable,
      }) as KubernetesObject;
    const reads = 'envFrom: [{configMapRef: {name: settings}}]';
    expect(ids(world(safe(reads), [service(), configMap(true)]))).toContain('cert-config');
    expect(ids(world(safe(reads), [service(), configMap(false)]))).not.toContain('cert-config');
    expect(ids(world(safe(reads)))).not.toContain('cert-config');
    expect(ids(world(safe(reads, { 'checksum/config': 'abc' })))).toContain('cert-config');
    expect(ids(world(safe(reads)))).toContain('cert-order');
    const optional = 'envFrom: [{configMapRef: {name: settings, optional: true}}]';
    expect(ids(world(safe(optional)))).not.toContain('cert-order');
  });
});
