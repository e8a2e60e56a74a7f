import { describe, expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

const RULE = 'no-prestop-endpoint-race';

/** A served Deployment whose container carries the comment and whose object the annotation. */
function racing({ comment = '', annotation = '', template = '' }): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: { x: y${annotation} }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web }
      annotations: { x: y${template} }
    spec:
      containers:
        ${comment}
        - name: app
          image: registry.example/web:1
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: 8080 } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
`;
}

/** The codes of rule findings and of what is said about suppressions. */
function codes(text: string, config = ''): readonly string[] {
  const { workspace, fixture } = analyse(
    config ? `#- podsage.yaml\n${config}\n#- web.yaml\n${text}` : text,
  );
  const uri = fixture.files.at(-1)?.uri ?? '';
  return workspace
    .diagnostics(uri)
    .map((it) => it.code)
    .filter((it) => it === RULE || it.startsWith('suppression'));
}

describe('silencing a rule', () => {
  it('is not done by anything else', () => {
    expect(codes(racing({}))).toEqual([RULE]);
    expect(codes(racing({ comment: '# a comment about podsage' }))).toEqual([RULE]);
  });

  it('is done by a comment with a reason above the line', () => {
    expect(codes(racing({ comment: `# podsage-ignore ${RULE}: clients retry` }))).toEqual([]);
  });

  it('is done by an annotation on the object or on its pod template', () => {
    const annotation = `, "ignore.podsage.dev/${RULE}": clients retry`;
    expect(codes(racing({ annotation }))).toEqual([]);
    expect(codes(racing({ template: annotation }))).toEqual([]);
  });

  it('needs a reason', () => {
    const found = codes(racing({ comment: `# podsage-ignore ${RULE}` }));
    expect(found.toSorted()).toEqual([RULE, 'suppression-without-reason']);
  });

  it('is told when it silences nothing', () => {
    const found = codes(racing({ comment: '# podsage-ignore another-rule: because' }));
    expect(found.toSorted()).toEqual([RULE, 'suppression-unused']);
  });

  it('is told when there is no such rule', () => {
    const { workspace, fixture } = analyse(
      racing({ comment: '# podsage-ignore another-rule: because' }),
    );
    const messages = workspace.diagnostics(fixture.files[0]?.uri ?? '').map((it) => it.message);
    expect(messages).toContain('there is no rule another-rule');
  });

  it('can be forbidden, or done for all by the configuration', () => {
    const comment = `# podsage-ignore ${RULE}: clients retry`;
    const forbidden = codes(racing({ comment }), 'allowSuppressions: false');
    expect(forbidden.toSorted()).toEqual([RULE, 'suppression-not-allowed']);
    expect(codes(racing({}), `rules:\n  ${RULE}: off`)).toEqual([]);
  });
});
