/** What containers see of their configuration, and when. */
import { describe, expect, it } from 'vitest';
import {
  simulatePod,
  viewsIn,
  type ConfigChange,
  type ContainerView,
} from '../../../server/src/lifecycle/kubelet/index.ts';
import type { KubernetesObject } from '../../../server/src/manifest/index.ts';
import { container, deleted, Life, scenario, type Rest } from './tiny-pod.ts';

const CONFIG = { kind: 'ConfigMap', namespace: 'default', name: 'web' };

function map(level: string, immutable = false): KubernetesObject {
  const object = {
    kind: 'ConfigMap',
    metadata: { name: 'web' },
    data: { LEVEL: level },
    immutable,
  };
  return object;
}

function views(spec: Record<string, unknown>, rest: Rest): readonly ContainerView[] {
  return viewsIn(simulatePod(scenario(spec, rest)));
}

function levels(seen: readonly ContainerView[]): readonly (string | undefined)[] {
  return seen.flatMap((it) => (it.variables ? [it.variables['LEVEL']] : []));
}

const FROM_ENV = { envFrom: [{ configMapRef: { name: 'web' } }] };
const OPTIONAL = { envFrom: [{ configMapRef: { name: 'web', optional: true } }] };
const MOUNTED = {
  containers: [container({ volumeMounts: [{ name: 'config', mountPath: '/etc/web' }] })],
  volumes: [{ name: 'config', configMap: { name: 'web' } }],
};

function changed(at: number, put = map('new')): ConfigChange {
  return { at, put };
}

describe('environment variables', () => {
  it('stay until the container is made anew', () => {
    const rest = {
      apps: { app: { runFor: [60, null], exitCode: 1 } },
      configuration: { objects: [map('old')], changes: [changed(30)] },
      end: { at: 120 },
    };
    const seen = views({ containers: [container(FROM_ENV)] }, rest);
    expect(levels(seen)).toEqual(['old', 'new']);
    expect(seen.findLast((it) => it.variables)?.t).toBeGreaterThan(60);
  });

  it('are waited for where they are required, but not where they are optional', () => {
    const rest = { configuration: { objects: [], changes: [changed(5)] }, end: { at: 60 } };
    const required = { containers: [container(FROM_ENV)] };
    expect(levels(views(required, rest))).toEqual(['new']);
    const life = new Life(required, rest);
    expect(life.has('event Failed app', { message: 'Error: configmap "web" not found' })).toBe(
      true,
    );
    expect(levels(views({ containers: [container(OPTIONAL)] }, rest))).toEqual([undefined]);
  });

  it('of Services are those that are there and have an IP', () => {
    const service = (name: string, clusterIP: string) => {
      const spec = { clusterIP, ports: [{ port: 80, name: 'http' }] };
      return { kind: 'Service', metadata: { name }, spec };
    };
    const words = {
      args: ['$(MY_WEB_SERVICE_HOST)', '${NONE_SERVICE_HOST}', '$(LATE_SERVICE_PORT)'],
    };
    const configuration = {
      objects: [service('my-web', '10.0.0.1'), service('none', 'None')],
      changes: [{ at: 5, put: service('late', '10.0.0.2') }],
    };
    const [first] = views({ containers: [container(words)] }, { configuration, end: { at: 20 } });
    expect(first?.variables).toEqual({
      MY_WEB_SERVICE_HOST: '10.0.0.1',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
    });
    expect(first?.missing).toEqual(['NONE_SERVICE_HOST', 'LATE_SERVICE_PORT']);
  });
});

describe('the files of volumes', () => {
  const filesOf = (seen: readonly ContainerView[]) =>
    seen.filter((it) => it.files).map((it) => [it.t, JSON.stringify(it.files)] as const);

  it('follow their object at the next step, a minute or a minute and a half later', () => {
    const rest = {
      configuration: { objects: [map('old')], changes: [changed(10)] },
      end: { at: 200 },
    };
    const [first, second, ...more] = filesOf(views(MOUNTED, rest));
    expect(first?.[1]).toContain('old');
    expect(second?.[1]).toContain('new');
    expect(second?.[0]).toBeGreaterThan(60);
    expect(second?.[0]).toBeLessThan(95);
    expect(more).toEqual([]);
  });

  it('stay as they were at the start where a subPath is mounted, and once the pod ends', () => {
    const configuration = { objects: [map('old')], changes: [changed(10)] };
    const mounts = [{ name: 'config', mountPath: '/etc/level', subPath: 'LEVEL' }];
    const sub = { ...MOUNTED, containers: [container({ volumeMounts: mounts })] };
    expect(filesOf(views(sub, { configuration, end: { at: 200 } }))).toHaveLength(1);
    const ending = {
      configuration,
      apps: { app: { onTerm: 'ignore' } },
      actions: [deleted(2, 400)],
      end: { at: 300 },
    };
    expect(filesOf(views(MOUNTED, ending))).toHaveLength(1);
  });

  it('are mounted a while after a missing object has come', () => {
    const rest = { configuration: { objects: [], changes: [changed(20)] }, end: { at: 100 } };
    const life = new Life(MOUNTED, rest);
    expect(life.has('event FailedMount')).toBe(true);
    const started = life.at('cri StartContainer app');
    expect(started).toBeGreaterThan(20);
    expect(started).toBeLessThan(40);
    const ended = { ...rest, actions: [{ do: 'delete', at: 3 } as const] };
    expect(new Life(MOUNTED, ended).all('event FailedMount').at(-1)?.t).toBeLessThan(3.1);
  });

  it('of other containers are there once these have written them', () => {
    const mount = { volumeMounts: [{ name: 'out', mountPath: '/out' }] };
    const spec = {
      containers: [
        container({ name: 'writer', ...mount }),
        container({ name: 'reader', ...mount }),
      ],
      volumes: [{ name: 'out', emptyDir: {} }],
    };
    const apps = { writer: { createsFiles: { out: 3 } } };
    const seen = views(spec, { apps, configuration: { objects: [] }, end: { at: 20 } });
    const read = filesOf(seen.filter((it) => it.container === 'reader')).map(([, files]) => files);
    expect(read).toEqual(['{"/out":{}}', '{"/out":{"writer":"written"}}']);
  });
});

describe('an immutable object', () => {
  const pod = { containers: [container(FROM_ENV)] };
  const second = scenario(pod).pod;
  const replaced = { at: 10, remove: CONFIG, put: map('new', true) };

  it('cannot be edited', () => {
    const change = (object: KubernetesObject) => {
      const configuration = { objects: [object], changes: [changed(10, map('new', true))] };
      const { entries } = new Life(pod, { configuration, end: { at: 20 } });
      return entries.some((it) => it.what === 'refused' && it.container === 'ConfigMap web');
    };
    expect([change(map('old', true)), change(map('old'))]).toEqual([true, false]);
  });

  it('is served as it was while a pod of the node uses it, though made anew', () => {
    const configuration = { objects: [map('old', true)], changes: [replaced] };
    const extraPods = [{ name: 'second', after: 20, pod: second }];
    const rest = { configuration, extraPods, end: { at: 60 } };
    expect(levels(views(pod, rest))).toEqual(['old', 'old']);
    const gone = { ...rest, extraPods: [{ name: 'second', after: 60, pod: second }] };
    const ended = { ...gone, actions: [deleted(12)], end: { at: 90 } };
    expect(levels(views(pod, ended))).toEqual(['old', 'new']);
  });
});

describe('service account tokens', () => {
  const token = (fields: object, mount: object = {}) => ({
    containers: [container({ volumeMounts: [{ name: 'token', mountPath: '/token', ...mount }] })],
    volumes: [
      {
        name: 'token',
        projected: { sources: [{ serviceAccountToken: { path: 't', ...fields } }] },
      },
    ],
  });
  const vault = { audience: 'vault', expirationSeconds: 1000 };
  const rest = { configuration: { objects: [] }, end: { at: 1100 } };

  it('are replaced when a fifth of their life is left, at the step that follows', () => {
    const life = new Life(token(vault), rest);
    const second = life.at('config token token', { number: 2 });
    expect(second).toBeGreaterThan(790);
    expect(second).toBeLessThan(890);
    expect(life.all('config expired app').map((it) => it.detail)).toEqual([
      { in: 'memory', number: 1, pod: 'pod' },
    ]);
  });

  it('expire in the file where a subPath is mounted, and where the pod ends', () => {
    const inFile = { in: 'file', number: 1 };
    expect(
      new Life(token(vault, { subPath: 't' }), rest).at('config expired app', inFile),
    ).toBeCloseTo(1000.1, 0);
    const ending = {
      ...rest,
      apps: { app: { onTerm: 'ignore' } },
      actions: [{ do: 'delete', at: 780, gracePeriodSeconds: 300 } as const],
    };
    expect(new Life(token(vault), ending).has('config expired app', inFile)).toBe(true);
  });

  it('of the kind that admission adds are accepted for a year', () => {
    const own = new Life(token({ expirationSeconds: 3607 }), { ...rest, end: { at: 3700 } });
    expect(own.has('config token token', { number: 2 })).toBe(true);
    expect(own.has('config expired app')).toBe(false);
  });
});
