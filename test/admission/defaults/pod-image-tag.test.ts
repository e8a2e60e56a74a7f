import { expect, test } from 'vitest';
import { imageTag } from '../../../server/src/admission/defaults/pod-image-tag.ts';

const DIGEST = `sha256:${'cd'.repeat(32)}`;

test.each([
  ['nginx', 'latest'],
  ['nginx:1.27', '1.27'],
  ['registry.example:5000/a/b', 'latest'],
  ['registry.example:5000/a/b:v1', 'v1'],
  [`registry.example/a@${DIGEST}`, ''],
  [`registry.example/a:v1@${DIGEST}`, 'v1'],
  ['localhost/a', 'latest'],
  ['UPPER/a', 'latest'],
  ['[::1]:5000/a:b', 'b'],
])('%s has the tag "%s"', (image, tag) => {
  expect(imageTag(image)).toBe(tag);
});

test.each([
  '',
  ' nginx:latest',
  'nginx:latest ',
  'Nginx:latest',
  'example.com/Nginx:latest',
  'nginx:',
  'nginx@sha256:abc',
  `nginx@md5:${'cd'.repeat(32)}`,
  'cd'.repeat(32),
  'a//b',
])('"%s" is no image reference, so its pull policy does not become Always', (image) => {
  expect(imageTag(image)).toBe('');
});
