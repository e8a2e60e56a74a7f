import { describe, expect, test } from 'vitest';
import { entrypointMeaning, imageHasShell } from '../../../server/src/lifecycle/index.ts';
import { field, type Container } from '../../../server/src/manifest/index.ts';

function meaning(container: Partial<Container>, shareProcessNamespace = false) {
  const full: Container = { name: 'app', image: 'shop/web:1', ...container };
  return entrypointMeaning({ container: full, at: field(full), shareProcessNamespace });
}

const sh = (script: string) => ({ command: ['sh', '-c', script] });

describe('process 1 and the stop signal', () => {
  test.each<[string, Partial<Container>, string, string, string]>([
    ['an app', { command: ['/app'] }, 'app', 'yes', 'unknown'],
    ['sh with several commands', sh('setup; /app'), 'shell', 'no', 'unknown'],
    [
      'dash with several commands',
      { command: ['dash', '-c', 'setup; /app'] },
      'shell',
      'no',
      'ignore',
    ],
    [
      'bash with several commands',
      { command: ['bash', '-c', 'a; /app'] },
      'unknown',
      'unknown',
      'unknown',
    ],
    ['bash with a pipe', { command: ['bash', '-c', '/app | tee x'] }, 'shell', 'no', 'ignore'],
    ['a shell with a pipe', sh('/app | tee log'), 'shell', 'no', 'ignore'],
    ['a shell that ends in exec', sh('setup; exec /app'), 'app', 'yes', 'unknown'],
    ['a shell with one command', sh('/app --port 80'), 'unknown', 'unknown', 'unknown'],
    ['a shell with a trap', sh("trap 'kill $!' TERM; /app & wait"), 'shell', 'unknown', 'unknown'],
    ['a loop', sh('while true; do sleep 1; done'), 'shell', 'no', 'ignore'],
    ['sleep', { command: ['sleep', 'infinity'] }, 'app', 'yes', 'ignore'],
    ['tail', sh('tail -f /dev/null'), 'app', 'yes', 'ignore'],
    ['sleep behind exec', sh('exec sleep 10'), 'app', 'yes', 'ignore'],
    ['tini', { command: ['tini', '--', '/app'] }, 'init', 'yes', 'unknown'],
    ['dumb-init with sleep', { command: ['dumb-init', 'sleep', '9'] }, 'init', 'yes', 'exit-now'],
    ['the image of nobody we know', {}, 'unknown', 'unknown', 'unknown'],
    ['the nginx image', { image: 'nginx:1.27' }, 'app', 'yes', 'stop-accept-then-drain'],
    ['an old nginx image', { image: 'docker.io/library/nginx:1.17' }, 'app', 'yes', 'exit-now'],
    ["somebody's nginx", { image: 'shop/nginx' }, 'unknown', 'unknown', 'unknown'],
  ])('%s', (_, container, pid1, forwardsSigterm, onSigterm) => {
    expect(meaning(container)).toMatchObject({ pid1, forwardsSigterm, onSigterm });
  });

  test('with a shared process namespace nobody is process 1, and a signal without handler ends', () => {
    expect(meaning({ command: ['sleep', '9'] }, true).onSigterm).toBe('exit-now');
    expect(meaning({ command: ['dash', '-c', 'setup; /app'] }, true)).toMatchObject({
      forwardsSigterm: 'no',
      onSigterm: 'exit-now',
    });
  });
});

describe('an image has a shell', () => {
  test.each([
    ['busybox', 'yes'],
    ['nginx:1.27-alpine', 'yes'],
    ['docker.io/library/redis:7', 'yes'],
    ['gcr.io/distroless/static-debian12', 'no'],
    ['gcr.io/distroless/base:debug', 'yes'],
    ['registry.example:5000/shop/app:1-distroless', 'no'],
    ['registry.k8s.io/pause:3.10', 'no'],
    ['shop/web@sha256:0000', 'unknown'],
    ['shop/redis', 'unknown'],
    ['shop/statics', 'unknown'],
    ['shop/nginx-static-site:1', 'unknown'],
    ['shop/scratch-pad', 'unknown'],
  ])('%s: %s', (image, has) => {
    expect(imageHasShell(image)).toBe(has);
  });
});
