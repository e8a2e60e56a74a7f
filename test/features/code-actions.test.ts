import { describe, expect, it } from 'vitest';
import { SourceFile } from '../../server/src/source/index.ts';
import { analyse } from '../support/analyse.ts';

const SERVED = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: registry.example/web:1
          ports: [{ containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
`;

/** The text after the first action with such a title. */
function afterAction(text: string, title: RegExp): string {
  const { workspace, fixture } = analyse(text);
  const uri = fixture.files[0]?.uri ?? '';
  const clean = fixture.files[0]?.text ?? '';
  const all = { start: 0, end: clean.length };
  const action = workspace.actions(uri, all).find((it) => title.test(it.title));
  if (!action) throw new Error(`no action ${title}`);
  let result = clean;
  for (const { range, newText } of [...action.edits].toReversed()) {
    result = result.slice(0, range.start) + newText + result.slice(range.end);
  }
  workspace.applyChange([{ uri, file: new SourceFile(uri, result) }]);
  return result;
}

describe('quick fixes', () => {
  it('write the hook into the container, below what is there', () => {
    expect(afterAction(SERVED, /^Sleep/)).toContain(`          ports: [{ containerPort: 8080 }]
          lifecycle:
            preStop:
              sleep:
                seconds: 4
`);
  });

  it('write an ignore comment above the line, indented like it', () => {
    expect(afterAction(SERVED, /^Ignore no-prestop/)).toContain(
      '        # podsage-ignore no-prestop-endpoint-race: say why this is fine\n        - name: app\n',
    );
  });
});

describe('a pod that fits nowhere', () => {
  const POD = `apiVersion: v1
kind: Node
metadata: { name: gpu }
spec:
  taints: [{ key: dedicated, value: gpu, effect: NoSchedule }]
status:
  allocatable: { cpu: "4", memory: 8Gi, pods: "10" }
---
apiVersion: v1
kind: Pod
metadata: { name: model }
spec:
  containers:
    - name: app
      image: registry.example/model:1
`;

  it('is given the toleration that lets it in, and then it fits', () => {
    const after = afterAction(POD, /^Add a toleration/);
    expect(after).toContain('  tolerations:\n    - key: dedicated\n');
    const { workspace, fixture } = analyse(after);
    const codes = workspace.diagnostics(fixture.files[0]?.uri ?? '').map((it) => it.code);
    expect(codes).not.toContain('unschedulable');
  });
});
