import { describe, expect, test } from 'vitest';
import { predictStartup } from '../../server/src/lifecycle/index.ts';
import { pod, world } from './world.ts';

const container = (more: string) =>
  `containers: [{name: app, image: shop/web:1, ports: [{containerPort: 8080}], ${more}}]`;

describe('a new pod', () => {
  test('without readiness probe may get requests before it listens', () => {
    const timeline = predictStartup(world(pod(container('env: []'))));
    expect(timeline.order('able-to-serve:app', 'first-traffic').relation).toBe('unordered');
  });

  test('with a readiness probe gets none before it can serve', () => {
    const probe = 'readinessProbe: {httpGet: {port: 8080}}';
    const timeline = predictStartup(world(pod(container(probe))));
    expect(timeline.order('able-to-serve:app', 'first-traffic').relation).toBe('before');
  });

  test('is only a record until it is bound', () => {
    const steps = predictStartup(world(pod(container('env: []')))).events.map((it) => it.kind);
    const wanted = (
      'submitted discovery version-negotiated client-validated request-sent authenticated ' +
      'authorized defaulted mutating-admission validated validating-admission stored queued ' +
      'filtered scored bound kubelet-sees-pod kubelet-admitted volumes-ready ' +
      'probe-workers-started sandbox-ready image-ready started'
    ).split(' ');
    expect(steps.filter((it) => wanted.includes(it))).toEqual(wanted);
  });

  test('that boots slower than its liveness probe allows may be killed while it boots', () => {
    const probe = 'livenessProbe: {httpGet: {port: 8080}, periodSeconds: 2, failureThreshold: 2}';
    const boot = (listen: string) =>
      predictStartup(
        world(pod(container(probe), { annotations: { 'podsage.dev/app.listen-seconds': listen } })),
      ).order('able-to-serve:app', 'boot-kill:app').relation;
    expect(boot('1-1.9')).toBe('before');
    expect(boot('1-5')).toBe('unordered');
    expect(boot('20-30')).toBe('after');
  });

  test('starts its main container when its sidecar has passed the startup probe', () => {
    const timeline = predictStartup(
      world(
        pod(`
initContainers:
- {name: proxy, image: p, restartPolicy: Always, startupProbe: {tcpSocket: {port: 1}}}
containers: [{name: app, image: shop/web:1}]`),
      ),
    );
    expect(timeline.order('listening:proxy', 'started:app').relation).toBe('before');
  });

  test('starts its main container before a sidecar without startup probe may be usable', () => {
    const timeline = predictStartup(
      world(
        pod(`
initContainers: [{name: proxy, image: p, restartPolicy: Always}]
containers: [{name: app, image: shop/web:1}]`),
      ),
    );
    expect(timeline.order('listening:proxy', 'started:app').relation).toBe('unordered');
  });

  test('does not see a container run while a later one is pulled or in its postStart', () => {
    const timeline = predictStartup(
      world(
        pod(`
containers:
- {name: app, image: a, readinessProbe: {tcpSocket: {port: 1}}}
- {name: big, image: b, lifecycle: {postStart: {sleep: {seconds: 7}}}}`),
        [],
      ),
    );
    expect(timeline.order('poststart-returned:big', 'container-ready:app').relation).toBe('before');
  });
});
