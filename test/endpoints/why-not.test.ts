import { describe, expect, it } from 'vitest';
import {
  assumeRunning,
  describeEndpoints,
  describePorts,
  nearMisses,
  reconcileEndpointSlices,
  whyNot,
} from '../../server/src/endpoints/index.ts';
import {
  formatPath,
  toFieldRef,
  type KubernetesObject,
  type Node,
  type Pod,
  type Service,
} from '../../server/src/manifest/index.ts';
import { objects } from '../support/objects.ts';

/** The reasons of the only Service of a world: code, message and cited fields. */
function reasons(text: string) {
  const all = objects(text);
  const of = <T extends KubernetesObject>(kind: string) =>
    all.filter((it) => it.kind === kind) as T[];
  const [service] = of<Service>('Service');
  if (!service) throw new Error('no Service');
  return whyNot(service, of<Pod>('Pod'), of<Node>('Node')).map((it) => ({
    code: it.code,
    message: it.message,
    cites: it.cites.map((at) => formatPath(toFieldRef(at).path)),
  }));
}

const POD = `
kind: Pod
apiVersion: v1
metadata: { name: web-1, labels: { app: web, tier: front } }
spec:
  containers:
    - { name: app, ports: [{ name: http, containerPort: 8080 }, { name: dns, containerPort: 53, protocol: UDP }] }
`;
const serviceWith = (spec: string) => `
kind: Service
apiVersion: v1
metadata: { name: web }
spec: ${spec}
---${POD}`;

describe('why a Service has no endpoints', () => {
  it('a label value with a letter wrong is told with the nearest pod', () => {
    expect(reasons(serviceWith('{ selector: { app: wbe }, ports: [{ port: 80 }] }'))).toEqual([
      {
        code: 'selector-matches-nothing',
        message: 'The selector matches no pod; the nearest is web-1: its app is web, not wbe',
        cites: ['spec.selector.app', 'metadata.labels.app'],
      },
    ]);
  });

  it('no pod is called near where none has a label that is asked for', () => {
    const [reason] = reasons(serviceWith('{ selector: { component: x }, ports: [{ port: 80 }] }'));
    expect(reason?.message).toBe(
      'The selector matches no pod: none in the namespace default has a label component',
    );
  });

  it('a pod that no node has is no endpoint, for it has no address', () => {
    const pending = `${serviceWith('{ selector: { app: web }, ports: [{ port: 8080 }] }')}status: { phase: Pending }`;
    expect(reasons(pending).map((it) => it.message)).toEqual([
      'web-1 has no address: no node has it',
    ]);
  });

  it('a label key with a letter wrong is told by the key that has the value', () => {
    const [reason] = reasons(serviceWith('{ selector: { ap: web }, ports: [{ port: 80 }] }'));
    expect(reason?.message).toContain('it has app: web where ap is asked for');
  });

  it('of several pods the one with the fewest wrong labels is the nearest', () => {
    const far = POD.replace('web-1', 'other').replace(
      'app: web, tier: front',
      'app: api, tier: back',
    );
    const text = `${serviceWith('{ selector: { app: web, tier: fron }, ports: [{ port: 80 }] }')}---${far}`;
    expect(reasons(text)[0]?.message).toContain(
      'the nearest is web-1: its tier is front, not fron',
    );
  });

  it('pods of another namespace are not selected, however well they match', () => {
    const text = serviceWith('{ selector: { app: web }, ports: [{ port: 80 }] }').replace(
      '{ name: web-1,',
      '{ name: web-1, namespace: shop,',
    );
    expect(reasons(text)[0]?.code).toBe('selector-matches-elsewhere');
  });

  it('a named port nobody has is told with the nearest name', () => {
    const [reason] = reasons(
      serviceWith('{ selector: { app: web }, ports: [{ port: 80, targetPort: htpp }] }'),
    );
    expect(reason).toEqual({
      code: 'port-name-not-found',
      message:
        'no pod has a TCP port named htpp; web-1 has http (8080), so the port is left out of the slices',
      cites: ['spec.ports[0].targetPort', 'spec.containers[0].ports[0].name'],
    });
  });

  it('a port of the name but of another protocol is no port of the name', () => {
    const [reason] = reasons(
      serviceWith('{ selector: { app: web }, ports: [{ port: 53, targetPort: dns }] }'),
    );
    expect(reason?.code).toBe('port-protocol-differs');
    expect(reason?.message).toBe('The port dns of web-1 is UDP, and the Service asks for TCP');
  });

  it('a number that no container declares is only a note, since nobody checks it', () => {
    const [reason] = reasons(
      serviceWith('{ selector: { app: web }, ports: [{ port: 80, targetPort: 9999 }] }'),
    );
    expect(reason?.code).toBe('port-not-declared');
  });

  it('of a port that is typed in part nothing is said yet', () => {
    const more = '{ name: dns, containerPort: 53, protocol: UDP }';
    const text = serviceWith('{ selector: { app: web }, ports: [{}] }');
    expect(text).toContain(more);
    expect(reasons(text.replace(more, '{ name: metrics, containerPort: 9090 }'))).toEqual([]);
  });

  it('a Service that is as it should be has nothing against it', () => {
    expect(
      reasons(serviceWith('{ selector: { app: web }, ports: [{ port: 80, targetPort: http }] }')),
    ).toEqual([]);
  });

  it.each([
    ['{ type: ExternalName, externalName: db.example }', 'external-name'],
    ['{ ports: [{ port: 80 }] }', 'no-selector'],
  ])('%s', (spec, code) => {
    expect(reasons(serviceWith(spec)).map((it) => it.code)).toEqual([code]);
  });

  it.each([
    ['{ phase: Succeeded }', 'pod-terminal'],
    ['{ phase: Pending }', 'pod-without-address'],
    ['{ phase: Running, podIPs: [{ ip: 10.0.0.1 }] }', 'node-missing'],
  ])('a pod with status %s', (status, code) => {
    const text = `${serviceWith('{ selector: { app: web }, ports: [{ port: 80, targetPort: http }] }')}status: ${status}\n`;
    expect(reasons(text).map((it) => it.code)).toEqual([code]);
  });
});

describe('a Service in one line', () => {
  const world = (text: string) => {
    const [service, pod] = objects(text) as unknown as [Service, Pod];
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };
    const running = assumeRunning({ ...pod, spec: { ...pod.spec, nodeName: 'n' } });
    const slices = reconcileEndpointSlices(service, [running], [node]);
    return { service, pod, slices, reasons: whyNot(service, [pod], [node]) };
  };

  it.each([
    [
      '{ selector: { app: web }, ports: [{ port: 80, targetPort: http }] }',
      '1 endpoint: web-1',
      '80 → http (8080)',
    ],
    [
      '{ selector: { app: web }, ports: [{ port: 80, targetPort: htpp }] }',
      '1 endpoint: web-1; no pod has a TCP port named htpp',
      '80 → htpp (nowhere)',
    ],
    [
      '{ selector: { app: wbe }, ports: [{ port: 80 }] }',
      'no endpoints: The selector matches no pod',
      '80 → 80',
    ],
  ])('%s', (spec, line, port) => {
    const { service, slices, reasons } = world(serviceWith(spec));
    expect(describeEndpoints(slices, reasons)).toContain(line);
    expect(describePorts(service, slices)).toEqual([port]);
  });

  it('that would select a pod but for one label is a near miss of the pod', () => {
    const { service, pod } = world(
      serviceWith('{ selector: { app: wbe, tier: front }, ports: [] }'),
    );
    expect(nearMisses(pod, [service], [pod]).map((it) => it.message)).toEqual([
      'web selects no pod; it asks for app: wbe, and this pod has web',
    ]);
    const far = world(serviceWith('{ selector: { app: wbe, tier: back }, ports: [] }'));
    expect(nearMisses(far.pod, [far.service], [far.pod])).toEqual([]);
  });
});
