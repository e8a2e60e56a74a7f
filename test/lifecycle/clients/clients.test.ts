/** What clients of each kind see while pods come and go. */
import { describe, expect, it } from 'vitest';
import {
  simulateClients,
  type ClientPlan,
  type ClientScenario,
  type NetworkPod,
} from '../../../server/src/lifecycle/clients/index.ts';

const READY = { ready: true, serving: true, terminating: false };
const GOING = { ready: false, serving: true, terminating: true };
const STOPPED = { ready: false, serving: false, terminating: true };

function pod(name: string, more: Partial<NetworkPod> = {}): NetworkPod {
  const endpoint = [{ t: -Infinity, state: READY }];
  return { name, listens: -Infinity, closes: Infinity, exits: Infinity, endpoint, ...more };
}

/** Deleted at 10: it closes its port at once, and exits at 20. */
function dying(name: string, more: Partial<NetworkPod> = {}): NetworkPod {
  const endpoint = [
    { t: -Infinity, state: READY },
    { t: 10, state: GOING },
    { t: 20, state: undefined },
  ];
  return pod(name, { closes: 10, exits: 20, endpoint, ...more });
}

const NODE = { by: 'kube-proxy', lagSeconds: 2 } as const;

/** What one client sees: `11 refused a`. */
function seen(
  pods: readonly NetworkPod[],
  client: Partial<ClientPlan> & Pick<ClientPlan, 'asks'>,
  more: Partial<ClientScenario> = {},
): readonly string[] {
  const clients = [{ name: 'client', way: NODE, ...client }];
  return simulateClients({ pods, clients, until: 1000, ...more })
    .filter((it) => it.source === 'client')
    .map(({ t, what, detail }) => {
      const { pod: name, to } = (detail ?? {}) as Record<string, string | undefined>;
      return [Math.round(t * 1000) / 1000, what, name ?? to].filter((it) => it !== undefined);
    })
    .map((it) => it.join(' '));
}

describe('a node', () => {
  it('sends new connections to a pod until it has heard of its end', () => {
    const told = seen([dying('a'), pod('b')], { asks: [9, 11, 12], prefers: 'a' });
    expect(told).toEqual(['9 answered a', '11 refused a', '12 moved b', '12 answered b']);
  });

  it('sends to what terminates and still serves where nothing is ready', () => {
    const last = dying('a', { closes: 20 });
    expect(seen([last], { asks: [13, 23] })).toEqual(['13 answered a', '23 refused']);
  });

  it('with the policy Local sends to its own pods only, and drops where it has none', () => {
    const way = { ...NODE, node: 'one', policy: 'Local' } as const;
    const own = dying('a', { node: 'one', closes: 20 });
    const told = seen([own, pod('b', { node: 'two' })], { asks: [9, 13, 23], way });
    expect(told).toEqual(['9 answered a', '13 answered a', '23 dropped']);
  });

  it('goes by hints only where each ready endpoint has some and one is for its zone', () => {
    const zoned = (name: string, zone: string) =>
      pod(name, { endpoint: [{ t: -Infinity, state: { ...READY, zones: [zone] } }] });
    const asks = [1, 2, 3];
    const way = { ...NODE, zone: 'x' };
    const told = (pods: NetworkPod[]) =>
      new Set(
        seen(pods, { asks, way })
          .filter((it) => it.includes('answered'))
          .map((it) => it.at(-1)),
      );
    expect([...told([zoned('a', 'x'), zoned('b', 'y')])]).toEqual(['a']);
    expect([...told([zoned('a', 'y'), zoned('b', 'y')])]).toEqual(['a', 'b']);
    expect([...told([zoned('a', 'x'), pod('b')])]).toEqual(['a', 'b']);
  });

  it('keeps a client with its pod until the client pauses, or the pod is not usable', () => {
    const way = { ...NODE, affinitySeconds: 5 };
    const asks = [1, 2, 3, 4];
    expect(seen([pod('a'), pod('b')], { asks, way })).toHaveLength(4);
    expect(seen([pod('a'), pod('b')], { asks: [1, 6], way })).toContain('6 moved b');
    const told = seen([dying('a', { closes: 20 }), pod('b')], { asks: [9, 11, 13], way });
    expect(told).toEqual(['9 answered a', '11 answered a', '13 moved b', '13 answered b']);
  });
});

describe('a connection that is kept', () => {
  const kept = { connection: 'kept', oneWaySeconds: 0.1 } as const;

  it('outlives the endpoint, and ends with the process', () => {
    const told = seen([dying('a'), pod('b')], {
      ...kept,
      asks: [9, 15, 19.5],
      takesSeconds: 1,
      prefers: 'a',
    });
    expect(told).toEqual([
      '10.2 answered a',
      '15 sent',
      '16.2 answered a',
      '19.5 sent',
      '20.1 reset a',
    ]);
  });

  it('is reset when a request crosses the close of the server', () => {
    const server = pod('a', { idleSeconds: 5 });
    const told = seen([server], { ...kept, asks: [0, 5.15], idleSeconds: 60 });
    expect(told).toEqual(['0.2 answered a', '5.15 sent', '5.35 reset a']);
  });

  it('is opened anew when the close has been heard of, or was the client’s own', () => {
    const server = pod('a', { idleSeconds: 5 });
    const heard = seen([server], { ...kept, asks: [0, 5.3], idleSeconds: 60 });
    expect(heard).toEqual(['0.2 answered a', '5.2 closed a', '5.5 answered a', '10.5 closed a']);
    const own = seen([server], { ...kept, asks: [0, 5.1], idleSeconds: 4 });
    expect(own).toEqual(['0.2 answered a', '4.2 closed a', '5.3 answered a', '9.3 closed a']);
  });
});

describe('a client that resolves a name', () => {
  it('uses an answer until it is over, and asks again', () => {
    const way = { by: 'dns', lagSeconds: 1, ttlSeconds: 30 } as const;
    const told = seen([dying('a'), pod('b')], { asks: [10.5, 12, 41], way, prefers: 'a' });
    expect(told).toEqual([
      '10.5 resolved',
      '10.5 refused a',
      '12 refused a',
      '41 resolved',
      '41 moved b',
      '41 answered b',
    ]);
  });
});

describe('a load balancer', () => {
  it('sends to a pod when it is found healthy, and for a while after its end', () => {
    const way = { by: 'pod-targets', registerSeconds: 3, deregisterSeconds: 5 } as const;
    const endpoint = [
      { t: 1, state: READY },
      { t: 10, state: GOING },
    ];
    const target = pod('a', { endpoint, closes: 12 });
    expect(seen([target], { asks: [3, 4, 14, 15], way })).toEqual([
      '3 unavailable',
      '4 answered a',
      '14 refused a',
      '15 unavailable',
    ]);
  });

  it('leaves a node whose health check has failed for long enough', () => {
    const way = { by: 'node-targets', lagSeconds: 1, noticeSeconds: 4 } as const;
    const pods = [dying('a', { node: 'one', closes: 20 }), pod('b', { node: 'two' })];
    const told = seen(pods, { asks: [14, 15.5], way, prefers: 'a' });
    expect(told).toEqual(['14 answered a', '15.5 moved b', '15.5 answered b']);
  });
});

describe('a flow of datagrams', () => {
  const flow = { connection: 'udp' } as const;

  it('leaves a pod that serves no more when another does', () => {
    const a = dying('a', { closes: 20 });
    const told = seen([a, pod('b')], { ...flow, asks: [9, 19, 21, 23] });
    expect(told).toEqual(['9 delivered a', '19 delivered a', '21 lost a', '23 delivered b']);
  });

  it('stays with a pod that is gone while nobody serves', () => {
    const b = pod('b', { listens: 40, endpoint: [{ t: 40, state: READY }] });
    const a = dying('a', {
      endpoint: [
        { t: -Infinity, state: READY },
        { t: 10, state: STOPPED },
      ],
    });
    const told = seen([a, b], { ...flow, asks: [9, 21, 41, 42] });
    expect(told).toEqual(['9 delivered a', '21 lost a', '41 lost a', '42 delivered b']);
  });
});

describe('a port', () => {
  it('at which nobody listens refuses', () => {
    const told = seen([pod('a', { ports: ['UDP/53'] })], { asks: [1], port: 'TCP/53' });
    expect(told).toEqual(['1 refused a']);
  });
});
