import { expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

/** What is told of a `podsage.yaml`: the text it is told of, and the message. */
function told(config: string): readonly string[] {
  const { workspace, fixture } = analyse(`#- podsage.yaml\n${config}`);
  const { uri = '', text = '' } = fixture.files[0] ?? {};
  return workspace
    .diagnostics(uri)
    .map(({ range, message }) => `${text.slice(range.start, range.end)}: ${message}`);
}

it.each([
  ['dataPlane: quantum', /^dataPlane: there is no data plane "quantum"; there are .*ebpf/],
  ['parameters: { p.none: 1 }', /^p\.none: there is no parameter "p\.none"$/],
  ['app: { drain-second: 1 }', /^drain-second: there is no assumption .* drain-seconds/],
  ['app: { on-sigterm: wait }', /^on-sigterm: "wait" cannot be read: .*drain-then-stop/],
  ['rules: { image-tag-drft: "off" }', /^image-tag-drft: there is no rule "image-tag-drft"$/],
])('%s is told, as nothing reads it', (config, message) => {
  expect(told(config)).toEqual([expect.stringMatching(message)]);
});

it('names that are read are not told', () => {
  const config = `dataPlane: ebpf
parameters: { p.eps: [0.1, 2] }
app: { drain-seconds: "0-15", keep-alive-seconds: 60, readiness-fails-on-sigterm: true }
rules: { image-tag-drift: "off" }
`;
  expect(told(config)).toEqual([]);
});
