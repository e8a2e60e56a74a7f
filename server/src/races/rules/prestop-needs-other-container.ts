/** A preStop hook that calls a container which is told to stop at the same moment. */
import type { PodContainer, PodModel, RemoteCall } from '../../lifecycle/index.ts';
import type { Pod, Service } from '../../manifest/index.ts';
import { HOOK_CALL_SECONDS, hookCall, isLocal, listening, ownHosts } from '../facts/connections.ts';
import { helperKind } from '../facts/helpers.ts';
import { DELETED, withHook } from '../facts/replays.ts';
import { graceThatFits, raiseGrace, SPARE_SECONDS, sleepHook } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type RaceFinding, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'prestop-needs-other-container',
  severity: 'warning',
  basis: 'source',
  summary: 'The preStop hook calls a container that is told to stop at the same moment.',
  why: `
    The kubelet stops all main containers in parallel. One without a hook of its own gets SIGTERM
    while the hook of the other still starts. A call to it, or through it, may find its port closed:
    the hook fails, and SIGTERM follows at once.
  `,
  remedy:
    'Make the container that is called a native sidecar, which is stopped after the app, or let it sleep in a preStop hook of its own.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  yieldsTo: ['exec-prestop-shellless'],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model } = story;
      const apps = listening(model, () => 0);
      const calls = model.mains.flatMap((it) => {
        const call = hookCall(it, 'preStop', model);
        return call ? [{ it, ...call }] : [];
      });
      const change = (pod: Pod) =>
        calls.reduce(
          (changed, { it, command }) => withHook([it], 'preStop', command)(changed),
          pod,
        );
      const hosts = ownHosts(
        calls.map((it) => it.host),
        model,
      );
      const life = story.live({ actions: DELETED, apps, change, hosts });
      return calls.some(({ it }) => life.has(`event:FailedPreStopHook:${it.name}`));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                preStop:
                  exec:
                    command: [curl, "http://localhost:9901/drain"]
        #           ^^^^^^^ the hook of app calls cache on port 9901, which is told to stop in parallel: the call may be refused, the hook fails, and app gets SIGTERM too
            - name: cache
        #           ^^^^^ related: cache is told to stop when app is
              image: registry.example/cache:1
              ports: [{ containerPort: 9901 }]
      `,
      // By then the Service sends the call to another pod, if there is one.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
              lifecycle:
                preStop:
                  exec:
                    command: [curl, "http://web.default.svc:8080/deregister"]
        #           ^^^^^^^ the hook of app calls web, the Service of this pod, while the pod is taken out of it: the call reaches another pod, or nobody
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 8080 }]
      `,
    ],
    safe: [
      // A native sidecar is told to stop after the app.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: cache
              image: registry.example/cache:1
              restartPolicy: Always
              ports: [{ containerPort: 9901 }]
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { exec: { command: [curl, "http://localhost:9901/drain"] } } }
      `,
      // It waits as long as the call may take: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { exec: { command: [curl, -m, "5", "http://localhost:9901/drain"] } } }
            - name: cache
              image: registry.example/cache:1
              ports: [{ containerPort: 9901 }]
              lifecycle: { preStop: { sleep: { seconds: 5 } } }
      `,
      // It calls itself.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
              lifecycle: { preStop: { httpGet: { path: /drain, port: 8080 } } }
      `,
    ],
  },

  *find({ model, services }) {
    if (!model) return;
    for (const container of model.mains) {
      for (const call of container.preStop.calls) {
        const finding = judge(container, call, model, services);
        if (!finding) continue;
        yield finding;
        break;
      }
    }
  },
});

function judge(
  container: PodContainer,
  call: RemoteCall,
  model: PodModel,
  services: readonly Service[],
): RaceFinding | undefined {
  const { name, preStop } = container;
  const local = isLocal(call.host);
  const own = services.find(({ metadata }) => isName(call.host, metadata.name, metadata.namespace));
  if (own) {
    return {
      at: preStop.setBy,
      message: `the hook of ${name} calls ${own.metadata.name}, the Service of this pod, while the pod is taken out of it: the call reaches another pod, or nobody`,
      certainty: 'bounded',
      restsOn: 'how fast the pod leaves its Service',
    };
  }
  const others = model.mains.filter((it) => it.name !== name);
  const callee = local
    ? listensOn(container, call.port)
      ? undefined
      : others.find((it) => listensOn(it, call.port))
    : others.find((it) => helperKind(it) === 'network');
  if (!callee || outlasts(callee, container)) return undefined;
  const through = local
    ? `calls ${callee.name} on port ${call.port}`
    : `calls ${call.host} through ${callee.name}`;
  return {
    at: preStop.setBy,
    message: `the hook of ${name} ${through}, which is told to stop in parallel: the call may be refused, the hook fails, and ${name} gets SIGTERM too`,
    certainty: 'assumed',
    restsOn: `that ${callee.name} closes its port at SIGTERM`,
    fixes: waitForHook(callee, container, model),
    related: [{ message: `${callee.name} is told to stop when ${name} is`, at: callee.at.name }],
    witness: [
      {
        at: 0,
        text: `the hook of ${name} starts; SIGTERM to ${callee.name}`,
        moment: `app:signal:${callee.name}:SIGTERM`,
      },
      { at: 0, text: `${callee.name} exits, its port with it`, moment: `app:exit:${callee.name}` },
      {
        at: HOOK_CALL_SECONDS,
        text: `the hook calls ${callee.name}: connection refused`,
        moment: `cri:ExecSync.end:${name}:"exitCode":1`,
      },
      {
        at: HOOK_CALL_SECONDS,
        text: `SIGTERM to ${name}`,
        moment: `app:signal:${name}:SIGTERM`,
      },
    ],
  };
}

/** A hook of the callee that lasts a little longer than the one that calls it. */
function waitForHook(
  callee: PodContainer,
  caller: PodContainer,
  model: PodModel,
): readonly RaceFix[] {
  if (callee.preStop.kind !== 'none') return [];
  const { earliest, latest } = caller.preStop.seconds;
  const seconds = Math.ceil(Number.isFinite(latest) ? latest : earliest) + SPARE_SECONDS;
  const changes = [
    sleepHook(callee, seconds),
    ...raiseGrace(
      model,
      graceThatFits(model, (it) => (it === callee ? seconds : hookOf(it))),
    ),
  ];
  return [{ title: `Let ${callee.name} go on for ${seconds}s`, changes }];
}

function hookOf({ preStop }: PodContainer): number {
  return preStop.seconds.earliest;
}

function listensOn({ container }: PodContainer, port: number | undefined): boolean {
  return port !== undefined && (container.ports ?? []).some((it) => it.containerPort === port);
}

/** The callee's own hook holds its SIGTERM back until the caller's hook is over, as far as that ends. */
function outlasts(callee: PodContainer, caller: PodContainer): boolean {
  const waits = callee.preStop.seconds.earliest;
  const { earliest, latest } = caller.preStop.seconds;
  return Number.isFinite(latest) ? waits >= latest : waits > earliest;
}

function isName(host: string, name: string, namespace = 'default'): boolean {
  const full = `${name}.${namespace}.svc.cluster.local`;
  return (
    host !== '' &&
    (host === name || (full.startsWith(`${host}.`) && host.startsWith(`${name}.`)) || host === full)
  );
}
