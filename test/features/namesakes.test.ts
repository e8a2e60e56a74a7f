// Duplicate names are normal while one types: each object keeps its own answers.
import { expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

const pod = (containers: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers: [${containers}]\n`;
const GOOD = pod('{ name: a, image: x }');
const REFUSED = pod('{ name: a, image: x }, { name: a, image: x }');

it('of two pods with one name each has its own findings, and its own view to turn to', () => {
  const { workspace, fixture } = analyse([REFUSED, GOOD].join('---\n'));
  const uri = fixture.files[0]?.uri ?? '';
  const [first, second] = workspace.views(uri);
  expect(first?.findings.map((it) => it.rule)).toEqual(['FieldValueDuplicate']);
  expect(second?.findings.map((it) => it.rule)).toEqual(['duplicate-object']);
  expect(second?.siblings.map((it) => it.subject)).toEqual([
    'Pod/default/web',
    'Pod/default/web#2',
  ]);
  for (const view of [first, second]) {
    const shown = workspace.prediction({ uri, subject: view?.subject });
    expect(shown?.admission.allowed).toBe(view?.admission.allowed);
    expect(shown?.place).toEqual(view?.place);
  }
  const targets = workspace.lenses(uri).map((it) => it.target?.subject);
  expect(new Set(targets)).toEqual(new Set([first?.subject, second?.subject]));
});

it('a pod without a name has the refusal that is its own', () => {
  const { workspace, fixture } = analyse('apiVersion: v1\nkind: Pod\nmetadata: [1]\n');
  const [view] = workspace.views(fixture.files[0]?.uri ?? '');
  expect(view?.findings.map((it) => it.rule)).toEqual(['BadRequest']);
});

it('of copies of one Deployment their Service is told once', () => {
  const cart = `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec:
  replicas: 3
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: app, image: "registry.example/cart:1", ports: [{ containerPort: 7070 }] }] }
`;
  const service = `apiVersion: v1
kind: Service
metadata: { name: cart }
spec: { selector: { app: cart }, ports: [{ name: grpc, port: 7070 }] }
`;
  const { workspace, fixture } = analyse([cart, service, cart, cart].join('---\n'));
  const told = workspace.diagnostics(fixture.files[0]?.uri ?? '');
  expect(told.filter((it) => it.code === 'grpc-http2-pinned')).toHaveLength(1);
});
