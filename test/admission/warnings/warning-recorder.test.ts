import { expect, test } from 'vitest';
import { WarningRecorder } from '../../../server/src/admission/warning-recorder.ts';

function recorded(texts: readonly string[]): readonly string[] {
  const recorder = new WarningRecorder();
  for (const it of texts) recorder.add(it);
  return recorder.texts;
}

test('a warning is sent once, and not at all where a header cannot hold it', () => {
  expect(recorded(['a', 'b', 'a', '', 'tab\t'])).toEqual(['a', 'b']);
});

test('warnings of more than 4096 characters in all are cut to 256 each, and end at 4096', () => {
  const many = Array.from({ length: 20 }, (_, i) => String(i).padEnd(300, 'x'));
  expect(recorded(many.slice(0, 13))).toEqual(many.slice(0, 13));
  expect(recorded(many)).toEqual(many.slice(0, 16).map((it) => it.slice(0, 256)));
});
