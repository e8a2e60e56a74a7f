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
