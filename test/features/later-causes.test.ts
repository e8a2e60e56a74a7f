import { describe, expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

function messages(text: string): readonly string[] {
  const { workspace, fixture } = analyse(text);
  return workspace
    .diagnostics(fixture.files[0]?.uri ?? '')
    .filter((it) => it.severity === 'error')
    .map((it) => it.message);
}

const POD = `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - name: app
      image: registry.example/web:1
      ports: [{ containerPort: 8080 }]
`;
const LATER = ' (told once the fault above is mended)';

describe('a text that cannot be decoded', () => {
  it('is told with what the server will say next, where that is certain', () => {
    const text = POD.replace('image:', 'imag:').replace('8080', '99999');
    const [fault, ...others] = messages(text);
    expect(fault).toContain('unknown field "spec.containers[0].imag"');
    // That there is no image is not told: it is the misspelled one.
    expect(others).toEqual([
      expect.stringMatching(
        /^spec\.containers\[0\]\.ports\[0\]\.containerPort: Invalid value: 99999/,
      ),
    ]);
    expect(others[0]?.endsWith(LATER)).toBe(true);
  });

  it('may have its fault behind what is told later', () => {
    const [first, fault] = messages(
      POD.replace('name: web', 'name: Web').replace('image:', 'imag:'),
    );
    expect(first).toMatch(/^metadata\.name: .*\(told once the fault below is mended\)$/);
    expect(fault).toContain('unknown field');
  });

  it('is not told of what lies below the fault', () => {
    const text = POD.replace('containerPort: 8080', 'containerPort: "8080", hostPort: 99999');
    const all = messages(text);
    expect(all[0]).toContain('cannot unmarshal string');
    expect(all.filter((it) => it.includes('containerPort'))).toHaveLength(1);
  });

  it('is not told what may be missing only because it could not be read', () => {
    const text = POD.replace('spec:', 'sepc:');
    expect(messages(text)).toEqual([expect.stringContaining('unknown field "sepc"')]);
  });

  it('that is mended is told the same without the note', () => {
    const [only] = messages(POD.replace('name: web', 'name: Web'));
    expect(only).toMatch(/^metadata\.name: Invalid value: "Web"/);
    expect(only).not.toContain(LATER);
  });
});
