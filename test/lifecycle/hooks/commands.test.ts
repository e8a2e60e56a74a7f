import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandMeaning, parseShellScript } from '../../../server/src/lifecycle/index.ts';

const sh = (script: string) => ['sh', '-c', script];
const unknown = Infinity;

describe('how long a command of a hook takes', () => {
  test.each<[string[], number, number]>([
    [['sleep', '5'], 5, 5],
    [['/bin/sleep', '5'], 5, 5],
    [['busybox', 'sleep', '5'], 5, 5],
    [['/usr/bin/env', 'A=1', 'sleep', '2'], 2, 2],
    [['sleep', '0.5'], 0.5, 0.5],
    [['sleep', '2m'], 120, 120],
    [['sleep', '1h', '30s'], 3630, 3630],
    [['sleep', 'infinity'], unknown, unknown],
    [['sleep', 'soon'], 0, unknown],
    [sh('sleep 5'), 5, 5],
    [['/bin/bash', '-ec', 'sleep 5'], 5, 5],
    [['busybox', 'sh', '-c', 'sleep 5'], 5, 5],
    [sh('sleep 5; sleep 2'), 5 + 2, 5 + 2],
    [sh('sleep 5 && sleep 2'), 7, 7],
    [sh('false || sleep 2'), 0, 2.5],
    [sh('sleep 5 # sleep 10'), 5, 5],
    [sh('echo \'sleep 9\'; sleep "3"'), 3, 3],
    [sh('sleep 5 > /dev/null 2>&1'), 5, 5],
    [sh('sleep 5 & echo gone'), 0, 0],
    [sh('exec sleep 4'), 4, 4],
    [sh('sleep 3; exit 0; sleep 100'), 3, 3],
    [sh('timeout 3 ./drain.sh; sleep 2'), 2, 5],
    [sh('nginx -s quit; sleep 10'), 10, 10.5],
    [sh('sleep 1; ./drain.sh'), 1, unknown],
    [sh('sleep $DELAY'), 7, 7],
    [sh('sleep ${DELAY}'), 7, 7],
    [sh('sleep $OTHER'), 0, unknown],
    [sh('sleep $(cat /delay)'), 0, unknown],
    [sh('while true; do sleep 1; done'), 0, unknown],
    [sh('sleep 2; until curl -f localhost; do sleep 1; done'), 2, unknown],
    [['curl', '-m', '3', 'http://localhost:8080/drain'], 0, 3],
    [['curl', '--max-time=4', 'http://localhost/drain'], 0, 4],
    [['curl', 'http://localhost/drain'], 0, unknown],
    [['./drain'], 0, unknown],
    [sh(''), 0, 0],
    [[], 0, unknown],
  ])('%j takes %d to %d seconds', (argv, earliest, latest) => {
    expect(commandMeaning(argv, { DELAY: '7' }).seconds).toEqual({ earliest, latest });
  });

  test.each<[string[], string[]]>([
    [['sleep', '5'], ['sleep']],
    [sh('sleep 5; echo done'), ['sh', 'sleep']],
    [sh('cd /x && exec /usr/bin/curl http://a'), ['sh', 'curl']],
    [sh('kill -QUIT 1; sleep 5'), ['sh', 'sleep']],
    [
      ['timeout', '5', 'wget', 'http://a'],
      ['timeout', 'wget'],
    ],
  ])('%j needs %j in the image', (argv, needs) => {
    expect(commandMeaning(argv).needs).toEqual(needs);
  });

  test.each<[string[], string]>([
    [['nginx', '-s', 'quit'], 'yes'],
    [sh('sleep 5; nginx -s quit'), 'yes'],
    [sh('kill -TERM 1'), 'yes'],
    [['nginx', '-s', 'reload'], 'no'],
    [sh('sleep 5; echo bye'), 'no'],
    [['./drain.sh'], 'unknown'],
  ])('%j tells the app to stop: %s', (argv, stopsApp) => {
    expect(commandMeaning(argv).stopsApp).toBe(stopsApp);
  });

  test('the app is told to stop when the command comes to it', () => {
    expect(commandMeaning(sh('sleep 5; nginx -s quit; sleep 9')).stopsAppAfter).toEqual({
      earliest: 5,
      latest: 5.5,
    });
    expect(commandMeaning(sh('sleep 5; ./drain.sh')).stopsAppAfter).toEqual({
      earliest: 5,
      latest: Infinity,
    });
  });

  test('the calls a hook makes are seen', () => {
    const { calls } = commandMeaning(sh('curl -sf http://localhost:8080/quit; wget https://b/x'));
    expect(calls.map((it) => [it.host, it.port])).toEqual([
      ['localhost', 8080],
      ['b', 443],
    ]);
  });
});

describe('a shell script', () => {
  test('is read to its first compound command', () => {
    const script = parseShellScript('sleep 1; if [ -f /x ]; then sleep 9; fi');
    expect(script).toMatchObject({ compound: 'if', understood: false });
    expect(script.commands.map((it) => it.words)).toEqual([['sleep', '1']]);
  });

  test('never throws and never hangs, whatever it is', () => {
    const words = fc.constantFrom(
      ...'sleep 5 ; && | & $( ) ` " \' \\ ${ } << exec if exit || # > $X timeout -k env'.split(' '),
      ...'sh -c busybox \n'.split(' '),
      '\n',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), fc.string(), (parts, tail) => {
        const { seconds } = commandMeaning(['sh', '-c', parts.join(' ') + tail]);
        expect(seconds.earliest).toBeLessThanOrEqual(seconds.latest);
      }),
      { numRuns: 2000 },
    );
  });
});
