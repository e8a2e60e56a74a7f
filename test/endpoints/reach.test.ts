import { expect, it } from 'vitest';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import {
  dnsNames,
  ingressPolicies,
  reconcileEndpointSlices,
  routes,
  statefulSetPeers,
} from '../../server/src/endpoints/index.ts';
import type { Node, Pod, Service, StatefulSet } from '../../server/src/manifest/index.ts';
import { object, objects } from '../support/objects.ts';

const SERVICE = `
kind: Service
apiVersion: v1
metadata: { name: cart, namespace: shop }
spec: { selector: { app: cart }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`;
const ingress = (port: string) => `
kind: Ingress
apiVersion: networking.k8s.io/v1
metadata: { name: shop, namespace: shop }
spec:
  rules:
    - host: shop.example
      http: { paths: [{ path: /cart, backend: { service: { name: cart, port: ${port} } } }] }
`;

it.each([
  ['{ number: 80 }', undefined],
  ['{ name: http }', undefined],
  ['{ number: 8080 }', 'cart has no port 8080, but 80 (http); 8080 is what its port 80 leads to'],
])('an Ingress with port %s', (port, broken) => {
  const [route] = routes(new ClusterSnapshot(objects(`${SERVICE}---${ingress(port)}`)));
  expect(route?.from).toBe('shop.example/cart');
  expect(route?.broken?.message).toBe(broken);
});

it('an Ingress to a Service of another namespace leads nowhere', () => {
  const elsewhere = SERVICE.replace('namespace: shop', 'namespace: other');
  const [route] = routes(
    new ClusterSnapshot(objects(`${elsewhere}---${ingress('{ number: 80 }')}`)),
  );
  expect(route?.broken?.message).toBe('There is no Service cart in the namespace shop');
});

it('an HTTPRoute of any shape is read as far as it has one', () => {
  const route = `
kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: { name: shop, namespace: shop }
spec:
  hostnames: [shop.example]
  rules: [{ backendRefs: [{ name: cart, port: 80 }, { name: cart, port: 81 }] }, { backendRefs: nonsense }]
`;
  const found = routes(new ClusterSnapshot(objects(`${SERVICE}---${route}`)));
  expect(found.map((it) => [it.from, it.port, it.broken !== undefined])).toEqual([
    ['shop.example/', 80, false],
    ['shop.example/', 81, true],
  ]);
});

it.each(['GRPCRoute', 'TLSRoute', 'TCPRoute'])(
  'a %s leads to a Service as an HTTPRoute does',
  (kind) => {
    const route = `
kind: ${kind}
metadata: { name: shop, namespace: shop }
spec: { rules: [{ backendRefs: [{ name: cart, port: 80 }, { name: bucket, kind: Bucket }] }] }
`;
    const found = routes(new ClusterSnapshot(objects(`${SERVICE}---${route}`)));
    expect(found.map((it) => it.message)).toEqual([`${kind} shop sends * to cart:80`]);
  },
);

it('an HTTPRoute sends every path of every host', () => {
  const route = `
kind: HTTPRoute
metadata: { name: shop, namespace: shop }
spec:
  hostnames: [a.example, b.example]
  rules:
    - matches: [{ path: { value: /x } }, { path: { value: /y } }, { method: GET }]
      backendRefs: [{ name: cart, port: 80 }]
`;
  const found = routes(new ClusterSnapshot(objects(`${SERVICE}---${route}`)));
  expect(found.map((it) => it.from)).toEqual([
    'a.example/x, a.example/y, a.example/, b.example/x, b.example/y, b.example/',
  ]);
});

it('a NetworkPolicy without rules lets nobody connect to the pods it selects', () => {
  const policy = `
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: { name: closed, namespace: shop }
spec: { podSelector: {}, policyTypes: [Ingress] }
`;
  const pod = object<Pod>(
    '{ kind: Pod, metadata: { name: cart-1, namespace: shop }, spec: { containers: [] } }',
  );
  const found = ingressPolicies(pod, new ClusterSnapshot(objects(policy)));
  expect(found.map((it) => it.message)).toEqual([
    'NetworkPolicy closed selects cart-1 and lets nobody connect',
  ]);
});

it('a headless Service is known by its ready pods, and its named pods by names of their own', () => {
  const service = object<Service>(SERVICE.replace('spec: {', 'spec: { clusterIP: None,'));
  const pod = object<Pod>(`
kind: Pod
metadata: { name: cart-0, namespace: shop, labels: { app: cart } }
spec: { nodeName: n, hostname: cart-0, subdomain: cart, containers: [] }
status: { phase: Running, podIPs: [{ ip: 10.0.0.1 }], conditions: [{ type: Ready, status: "True" }] }
`);
  const nodes = [object<Node>('{ apiVersion: v1, kind: Node, metadata: { name: n } }')];
  const slices = reconcileEndpointSlices(service, [pod], nodes);
  expect(dnsNames(service, slices).map((it) => [it.type, it.name, it.answers.join(' ')])).toEqual([
    ['A', 'cart.shop.svc.cluster.local', '10.0.0.1'],
    ['A', 'cart-0.cart.shop.svc.cluster.local', '10.0.0.1'],
    ['SRV', '_http._tcp.cart.shop.svc.cluster.local', 'cart-0.cart.shop.svc.cluster.local:8080'],
  ]);
});

it('peers of a StatefulSet have names only below a headless Service', () => {
  const set = object<StatefulSet>(`
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec: { serviceName: cart, replicas: 2, ordinals: { start: 3 }, selector: {}, template: {} }
`);
  const service = object<Service>(SERVICE);
  expect(statefulSetPeers(set, [service]).names).toEqual([]);
  const headless = { ...service, spec: { ...service.spec, clusterIP: 'None' } };
  expect(statefulSetPeers(set, [headless]).names).toEqual([
    'db-3.cart.shop.svc.cluster.local',
    'db-4.cart.shop.svc.cluster.local',
  ]);
});
