import { describe, expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

const SHOP = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: app
          image: registry.example/web:1
          envFrom: [{ configMapRef: { name: settings } }]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http } }
---
apiVersion: v1
kind: Service
metadata: { name: front }
spec:
  selector: { app: shop }
  ports: [{ port: 80, targetPort: http }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec:
  defaultBackend: { service: { name: front, port: { number: 80 } } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
`;

/** The line and text of places, as `20 shop`. */
function told(text: string, ends: readonly { range: { start: number; end: number } }[]): string[] {
  return ends
    .map(({ range }) => {
      const line = text.slice(0, range.start).split('\n').length;
      return `${line} ${text.slice(range.start, range.end)}`;
    })
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** The offset of the n-th occurrence of a text in the shop. */
function at(needle: string, n = 0): number {
  let offset = -1;
  for (let i = 0; i <= n; i++) offset = SHOP.indexOf(needle, offset + 1);
  return offset + 1;
}

const { workspace, fixture } = analyse(SHOP);
const uri = fixture.files[0]?.uri ?? '';

describe('definition', () => {
  it.each([
    ['an Ingress backend leads to the Service', 'front, port', ['18 front']],
    ['a configMapRef leads to the ConfigMap', 'settings }', ['31 settings']],
    ['a targetPort leads to the container port', 'http }]', ['13 http']],
    ['a probe leads to its port', 'http } }', ['13 http']],
  ])('%s', (_, needle, expected) => {
    expect(told(SHOP, workspace.definition(uri, at(needle)))).toEqual(expected);
  });

  it('a Service selector leads to the labels of the template', () => {
    const selector = SHOP.indexOf('shop', SHOP.indexOf('kind: Service'));
    expect(told(SHOP, workspace.definition(uri, selector))).toEqual(['7 shop']);
  });
});

describe('references', () => {
  it('a label is named by its own selector and by the Service', () => {
    const label = SHOP.indexOf('shop', SHOP.indexOf('labels: {'));
    expect(told(SHOP, workspace.references(uri, label))).toEqual(['5 shop', '20 shop']);
  });
});

describe('rename', () => {
  it('changes a port name wherever it is used', () => {
    const edits = workspace.rename(uri, at('http, containerPort'), 'web');
    expect(told(SHOP, edits)).toEqual(['13 http', '14 http', '21 http']);
  });

  it('has nothing to say about a text that names nothing', () => {
    expect(workspace.renameRange(uri, at('registry'))).toBeUndefined();
    expect(workspace.rename(uri, at('registry'), 'x')).toEqual([]);
  });
});

/** Every kind of reference: `@x` stands where something is named, `=x` where it is declared. */
const MARKED = `
kind: StatefulSet
apiVersion: apps/v1
metadata: { name: db }
spec:
  serviceName: @peers
  selector: { matchLabels: { app: @db-label } }
  template:
    metadata: { labels: { app: =db-label } }
    spec:
      serviceAccountName: @robot
      priorityClassName: @urgent
      runtimeClassName: @sandboxed
      imagePullSecrets: [{ name: @pull }]
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector: { matchLabels: { app: @db-label } }
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - { topologyKey: zone, labelSelector: { matchLabels: { app: @db-label } } }
      containers:
        - name: db
          image: registry.example/db:1
          ports: [{ name: =sql, containerPort: 5432 }]
          lifecycle: { preStop: { httpGet: { path: /, port: @sql } } }
          env: [{ name: A, valueFrom: { secretKeyRef: { name: @creds, key: a } } }]
          envFrom: [{ configMapRef: { name: @settings } }]
      volumes:
        - { name: a, persistentVolumeClaim: { claimName: @data } }
        - { name: b, secret: { secretName: @creds } }
---
kind: Service
apiVersion: v1
metadata: { name: =peers }
spec: { selector: { app: @db-label }, ports: [{ name: =front, port: 80, targetPort: @sql }] }
---
kind: Ingress
apiVersion: networking.k8s.io/v1
metadata: { name: shop }
spec:
  tls: [{ secretName: @creds }]
  defaultBackend: { service: { name: @peers, port: { name: @front } } }
---
kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: { name: shop }
spec: { rules: [{ backendRefs: [{ name: @peers, port: 80 }, { kind: Bucket, name: peers }] }] }
---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: { name: closed }
spec: { podSelector: { matchLabels: { app: @db-label } } }
---
kind: PodDisruptionBudget
apiVersion: policy/v1
metadata: { name: db }
spec: { minAvailable: 1, selector: { matchLabels: { app: @db-label } } }
---
kind: PersistentVolumeClaim
apiVersion: v1
metadata: { name: =data }
spec: { storageClassName: @fast, accessModes: [ReadWriteOnce] }
---
{ kind: StorageClass, apiVersion: storage.k8s.io/v1, metadata: { name: =fast }, provisioner: x.io }
---
{ kind: ServiceAccount, apiVersion: v1, metadata: { name: =robot } }
---
{ kind: PriorityClass, apiVersion: scheduling.k8s.io/v1, metadata: { name: =urgent }, value: 1 }
---
{ kind: RuntimeClass, apiVersion: node.k8s.io/v1, metadata: { name: =sandboxed }, handler: x }
---
{ kind: Secret, apiVersion: v1, metadata: { name: =pull } }
---
{ kind: Secret, apiVersion: v1, metadata: { name: =creds } }
---
{ kind: ConfigMap, apiVersion: v1, metadata: { name: =settings } }
`;

describe('definition, references and rename agree', () => {
  const places: { mark: string; name: string; offset: number }[] = [];
  const text = MARKED.replaceAll(/[@=]([\w-]+)/g, (marked, name: string, offset: number) => {
    places.push({ mark: marked.charAt(0), name, offset: offset - places.length });
    return name;
  });
  const shop = analyse(text);
  const file = shop.fixture.files[0]?.uri ?? '';
  const starts = (ends: readonly { range: { start: number } }[]) =>
    ends.map((it) => it.range.start).toSorted((a, b) => a - b);

  it.each([...new Set(places.map((it) => it.name))])('on %s', (name) => {
    const own = places.filter((it) => it.name === name);
    const declared = own.find((it) => it.mark === '=');
    const naming = own.filter((it) => it.mark === '@').map((it) => it.offset);
    expect(starts(shop.workspace.references(file, declared?.offset ?? 0))).toEqual(naming);
    for (const offset of naming) {
      expect(starts(shop.workspace.definition(file, offset))).toEqual([declared?.offset]);
      const edits = shop.workspace.rename(file, offset, 'other');
      expect(starts(edits)).toEqual(own.map((it) => it.offset));
    }
  });
});
