import { describe, expect, test } from 'vitest';
import { END_CAUSE_NAMES, predictShutdown } from '../../server/src/lifecycle/index.ts';
import type { KubernetesObject } from '../../server/src/manifest/index.ts';
import { pod, service, world } from './world.ts';

const served = (spec: string, annotations: Record<string, string> = {}) =>
  world(
    pod(`{containers: [{name: app, image: shop/web:1, ports: [{containerPort: 8080}]}], ${spec}}`, {
      annotations,
    }),
  );

const withHook = (preStop: string, grace = 30) =>
  world(
    pod(`
terminationGracePeriodSeconds: ${grace}
containers:
- {name: app, image: shop/web:1, ports: [{containerPort: 8080}], lifecycle: {preStop: ${preStop}}}`),
  );

describe('a deleted pod', () => {
  test('without preStop may refuse connections that kube-proxy still sends', () => {
    const timeline = predictShutdown(served('terminationGracePeriodSeconds: 30'), 'delete');
    const order = timeline.order('forgotten:cluster-ip/web', 'stops-accepting:app');
    expect(order.relation).toBe('unordered');
    if (order.relation !== 'unordered') return;
    expect(order.bFirst.gapSeconds).toBeCloseTo(3.2 - 0.015, 6);
    expect(order.bFirst.dominant?.parameter).toBe('p.proxy');
  });

  test('with a preStop longer than the propagation accepts until kube-proxy has forgotten it', () => {
    const order = predictShutdown(withHook('{sleep: {seconds: 5}}'), 'delete').order(
      'forgotten:cluster-ip/web',
      'stops-accepting:app',
    );
    expect(order).toMatchObject({ relation: 'before' });
    if (order.relation === 'before') expect(order.proof.marginSeconds).toBeCloseTo(1.815, 6);
  });

  test('that asks its app to quit in the hook stops accepting before the hook is over', () => {
    const hook = "{exec: {command: [sh, -c, 'sleep 1; nginx -s quit; sleep 20']}}";
    const timeline = predictShutdown(withHook(hook), 'delete');
    const order = timeline.order('forgotten:cluster-ip/web', 'stops-accepting:app');
    expect(order.relation).toBe('unordered');
  });

  test.each([
    // grace, hook seconds, SIGTERM and SIGKILL after the kubelet begins
    [30, 5, 5, 30],
    [10, 9, 9, 11],
    [10, 10, 10, 12],
    [10, 20, 10, 12],
    [1, 5, 1, 3],
  ])(
    'with grace %d and a hook of %d s hears SIGTERM at %d s and dies at %d s',
    (g, s, term, kill) => {
      const timeline = predictShutdown(withHook(`{sleep: {seconds: ${s}}}`, g), 'delete');
      const began = timeline.event('killing')?.window.earliest ?? NaN;
      const sigterm = timeline.event('sigterm:app')?.window.earliest ?? NaN;
      const sigkill = timeline.event('sigkill:app')?.window.earliest ?? NaN;
      expect(sigterm - began).toBeCloseTo(term, 6);
      expect(sigkill - began).toBeCloseTo(kill, 6);
    },
  );

  test('stops its sidecars in reverse order, all at once when the grace is over', () => {
    const timeline = predictShutdown(
      world(
        pod(`
terminationGracePeriodSeconds: 20
initContainers:
- {name: first, image: a, restartPolicy: Always}
- {name: second, image: b, restartPolicy: Always}
containers: [{name: app, image: shop/web:1}]`),
        [],
      ),
      'delete',
    );
    const turn = (a: string, b: string) => timeline.order(a, b);
    expect(turn('sigterm:second', 'sigterm:first').relation).toBe('before');
    expect(turn('stopped:app', 'sigterm:second').relation).toBe('before');
    // With all grace used up nobody waits: whether the second has stopped by then is open.
    expect(turn('stopped:second', 'sigterm:first').relation).toBe('unordered');
    const began = timeline.event('killing')?.window.latest ?? NaN;
    expect((timeline.event('all-stopped')?.window.latest ?? NaN) - began).toBeLessThanOrEqual(23);
  });

  test('with a grace period of 0 loses its object before its containers stop', () => {
    const timeline = predictShutdown(served('terminationGracePeriodSeconds: 0'), 'delete');
    expect(timeline.order('gone', 'sigterm:app').relation).toBe('before');
    expect(timeline.event('terminal-status')).toBeDefined();
    expect(timeline.event('slice-removed:web')).toBeUndefined();
  });

  test('behind publishNotReadyAddresses stays an endpoint until its containers have stopped', () => {
    const timeline = predictShutdown(
      world(pod('containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]'), [
        service('publishNotReadyAddresses: true'),
      ]),
      'delete',
    );
    expect(timeline.order('stopped:app', 'forgotten:cluster-ip/web').relation).toBe('before');
  });
});

describe('other ends', () => {
  test('a pod the kubelet evicts stays an endpoint until it is dead', () => {
    for (const cause of ['hard-eviction', 'soft-eviction', 'node-shutdown'] as const) {
      const timeline = predictShutdown(withHook('{sleep: {seconds: 5}}'), cause);
      const order = timeline.order('forgotten:cluster-ip/web', 'stops-accepting:app');
      expect([cause, order.relation]).toEqual([cause, 'after']);
    }
  });

  test('a liveness kill without readiness probe never tells the endpoints', () => {
    const probe = 'livenessProbe: {tcpSocket: {port: 8080}}';
    const timeline = predictShutdown(
      world(pod(`containers: [{name: app, image: x, ports: [{containerPort: 8080}], ${probe}}]`)),
      'liveness',
    );
    expect(timeline.event('sigterm:app')).toBeDefined();
    expect(timeline.event('forgotten:cluster-ip/web')).toBeUndefined();
  });

  test('every cause has a timeline in which each event says why', () => {
    for (const cause of END_CAUSE_NAMES) {
      const timeline = predictShutdown(withHook('{sleep: {seconds: 5}}'), cause);
      for (const { id, explanation, window } of timeline.events) {
        expect([cause, id, explanation.message]).not.toEqual([cause, id, '']);
        expect(window.earliest).toBeLessThanOrEqual(window.latest);
      }
    }
  });

  test('what a user declares of an app is what the timeline rests on', () => {
    const timeline = predictShutdown(
      served('terminationGracePeriodSeconds: 30', {
        'podsage.dev/app.on-sigterm': 'drain-then-stop',
        'podsage.dev/app.drain-seconds': '5-8',
      }),
      'delete',
    );
    expect(timeline.order('forgotten:cluster-ip/web', 'stops-accepting:app').relation).toBe(
      'before',
    );
    expect(timeline.order('exits:app', 'sigkill:app').relation).toBe('before');
    expect(timeline.event('exits:app')?.assumptions).toContain('app.drain-seconds');
  });

  test('a Job waits ten seconds before it makes another pod, and makes none without a limit', () => {
    const replaced = (spec: object) => {
      const owner = {
        apiVersion: 'batch/v1',
        kind: 'Job',
        name: 'work',
        uid: 'u',
        controller: true,
      };
      const owned = pod('containers: [{name: app, image: x}]', { ownerReferences: [owner] });
      const job = { kind: 'Job', metadata: { name: 'work', namespace: 'default' }, spec };
      const timeline = predictShutdown(world(owned, [job]), 'delete');
      return timeline.event('replacement-created')?.window;
    };
    const { earliest = 0, latest = 0 } = replaced({}) ?? {};
    expect(earliest).toBeGreaterThan(9);
    expect(latest).toBeLessThan(13);
    // After the end of the old one, where only that counts as a failure.
    expect(replaced({ podReplacementPolicy: 'Failed' })?.latest).toBeGreaterThan(40);
    expect(replaced({ backoffLimit: 0 })).toBeUndefined();
  });

  test('the next pod waits for the old one in a StatefulSet, and in a DaemonSet without surge', () => {
    const replaced = (kind: string, objects: KubernetesObject[] = []) => {
      const ownerReferences = [
        { apiVersion: 'apps/v1', kind, name: 'web', uid: 'u', controller: true },
      ];
      const owned = pod('containers: [{name: app, image: x}]', { ownerReferences });
      const timeline = predictShutdown(world(owned, objects), 'delete');
      return timeline.order('gone', 'replacement-created').relation;
    };
    const surge = {
      kind: 'DaemonSet',
      metadata: { name: 'web', namespace: 'default' },
      spec: { updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
    } as unknown as KubernetesObject;
    expect(replaced('StatefulSet')).toBe('before');
    expect(replaced('DaemonSet')).toBe('before');
    expect(replaced('DaemonSet', [surge])).toBe('unordered');
    expect(replaced('ReplicaSet')).toBe('unordered');
  });
});
