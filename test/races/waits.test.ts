import { describe, expect, it } from 'vitest';
import { contactsIn, waitsIn } from '../../server/src/races/facts/waits.ts';

const hosts = (list: readonly { readonly host: string; readonly port: number | undefined }[]) =>
  list.map(({ host, port }) => (port === undefined ? host : `${host}:${port}`));

describe('commands that wait for somebody else', () => {
  it.each([
    ['until nc -z db 5432; do sleep 1; done', ['db:5432']],
    ['while ! nc -zv -w 2 db 5432; do sleep 1; done', ['db:5432']],
    ['until pg_isready -h db -p 5432 -U shop; do echo waiting; sleep 2; done', ['db:5432']],
    ['until curl -sf http://web.shop.svc:8080/healthz\ndo sleep 1\ndone', ['web.shop.svc:8080']],
    ['until nslookup db; do sleep 1; done', ['db']],
    ['until (echo > /dev/tcp/kafka/9092) 2>/dev/null; do sleep 1; done', ['kafka:9092']],
    ['/wait-for-it.sh db:5432 -- echo up', ['db:5432']],
    ['dockerize -wait tcp://db:5432 -timeout 60s', ['db:5432']],
    ['until redis-cli -h cache ping; do sleep 1; done', ['cache']],
  ])('%s', (text, expected) => {
    expect([...new Set(hosts(waitsIn(text)))]).toEqual(expected);
  });

  it.each([
    'for i in $(seq 30); do nc -z db 5432 && exit 0; sleep 1; done',
    'until nc -z db 5432 || [ $i -gt 30 ]; do i=$((i+1)); sleep 1; done',
    'timeout 60 sh -c "until nc -z db 5432; do sleep 1; done"',
    'if [ "$HOSTNAME" = db-0 ]; then exit 0; fi\nuntil nc -z db-0.db 5432; do sleep 1; done',
    'until nc -z db 5432 || [ -f /shared/alone ]; do sleep 1; done',
    'nc -z db 5432 || true',
    'until [ -f /shared/ready ]; do sleep 1; done',
    'exec /app/server --db db:5432',
  ])('end by themselves, or are none: %s', (text) => {
    expect(waitsIn(text)).toEqual([]);
  });
});

describe('hosts that a command talks to', () => {
  it.each([
    ['curl -X POST -o out.json http://localhost:8080/x', ['localhost:8080']],
    ['curl -u admin:1234 http://localhost:8080/x', ['localhost:8080']],
    ['curl -f web:8080/healthz', ['web:8080']],
    ['mysqladmin ping -h 127.0.0.1 -p$PASSWORD', ['127.0.0.1']],
    ['pg_isready -h $(hostname)', []],
    ['cat /tmp/healthy', []],
  ])('%s', (text, expected) => {
    expect(hosts(contactsIn(text))).toEqual(expected);
  });
});
