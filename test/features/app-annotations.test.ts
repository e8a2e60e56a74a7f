import { describe, expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

function told(annotation: string): readonly string[] {
  const { analysis, fixture } = analyse(`apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    ${annotation}
spec:
  containers: [{ name: app, image: registry.example/app:1 }]
`);
  const { uri = '', text = '' } = fixture.files[0] ?? {};
  return analysis
    .findingsOf(uri)
    .filter((it) => it.code === 'app-annotation')
    .map(({ range, message }) => `${text.slice(range.start, range.end)}: ${message}`);
}

describe('an annotation that describes the app', () => {
  it.each([
    'podsage.dev/app.drain-seconds: "0-10"',
    'podsage.dev/app.app.listen-seconds: "5"',
    'podsage.dev/app.on-sigterm: drain-then-stop',
    'podsage.dev/app.readiness-fails-on-sigterm: "true"',
    'example.com/app.drain: soon',
  ])('%s is read', (annotation) => {
    expect(told(annotation)).toEqual([]);
  });

  it('is told where no key is named so', () => {
    expect(told('podsage.dev/app.drain-second: "10"')).toEqual([
      expect.stringMatching(/^podsage\.dev\/app\.drain-second: nothing reads .* drain-seconds, /),
    ]);
  });

  it('is told where the pod has no such container', () => {
    expect(told('podsage.dev/app.web.drain-seconds: "10"')).toEqual([
      expect.stringContaining('the pod has no container "web"'),
    ]);
  });

  it.each([
    ['podsage.dev/app.drain-seconds: "10m"', '2-20'],
    ['podsage.dev/app.on-sigterm: wait', 'drain-then-stop'],
  ])('%s is told, as a guess stands instead', (annotation, values) => {
    expect(told(annotation)).toEqual([expect.stringContaining(values)]);
  });
});
