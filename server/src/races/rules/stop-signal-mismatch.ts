/** A stop signal that means an abort to the app, or one that the manifest declares and nobody sends. */
import type { AppBehaviour, PodContainer } from '../../lifecycle/index.ts';
import { knownImage, parseImageName, programName } from '../../lifecycle/index.ts';
import { fieldAt, type Citable } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED, exited } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

/** How long a request takes that is under way. */
const REQUEST_SECONDS = 1;

export default defineRaceRule({
  id: 'stop-signal-mismatch',
  severity: 'warning',
  basis: 'source',
  summary: 'The container is stopped with another signal than the app needs to drain.',
  why: `
    The kubelet has the runtime send the stop signal of the image, SIGTERM where it names none. To
    nginx SIGTERM is its fast shutdown, which cuts every connection; SIGQUIT is the graceful one.
    lifecycle.stopSignal of a pod is alpha up to 1.36: the API server drops the field.
  `,
  remedy:
    'Use an image with the right STOPSIGNAL, or a preStop hook that tells the app to drain and waits for it.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'pkg/registry/core/pod/strategy.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      // A request is under way, and only at the right signal it is waited for.
      const apps = Object.fromEntries(
        story.model.mains.map((it) => [
          it.name,
          { onTerm: `exit:${REQUEST_SECONDS}`, ...signalsOf(it, story.workload) },
        ]),
      );
      const life = story.live({ actions: DELETED, apps });
      return story.model.mains.some(
        ({ name }) => exited(life, name) < life.at(`app:signal:${name}`) + REQUEST_SECONDS - 0.1,
      );
    },
  },
  examples: {
    racing: [
      // Official images of that time have no STOPSIGNAL.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: nginx
                  image: nginx:1.14.2
        #                ^^^^^^^^^^^^ nginx is stopped with SIGTERM, its fast shutdown: open connections are cut, with the requests on them
                  ports: [{ containerPort: 80 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          os: { name: linux }
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                stopSignal: SIGQUIT
        #                   ^^^^^^^ the API server drops stopSignal SIGQUIT: the feature ContainerStopSignals is off, and the signal stays that of the image
      `,
    ],
    safe: [
      // The first series of official images with STOPSIGNAL SIGQUIT.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: nginx
                  image: nginx:1.19
                  ports: [{ containerPort: 80 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // The hook asks for the graceful shutdown.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: nginx
                  image: nginx:1.14.2
                  ports: [{ containerPort: 80 }]
                  lifecycle: { preStop: { exec: { command: [sh, -c, "sleep 5; nginx -s quit; sleep 10"] } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model) return;
    for (const container of model.mains) {
      const fast = isLongRunning(workload) ? fastShutdown(container) : undefined;
      if (fast) yield fast;
    }
    yield* droppedSignals(workload);
  },
});

function fastShutdown({ name, container, at, app, preStop, serves }: PodContainer) {
  const image = container.image ?? '';
  const runsOwn = !container.command?.length || programName(container.command[0]) === 'nginx';
  const known = runsOwn && parseImageName(image).name === 'nginx' ? knownImage(image) : undefined;
  if (!serves || known?.stopSignal !== 'SIGTERM' || known.onStop !== 'exit-now') return undefined;
  if (app.onSigterm.declared || preStop.stopsApp !== 'no') return undefined;
  return {
    at: at.image,
    message: `${name} is stopped with SIGTERM, its fast shutdown: open connections are cut, with the requests on them`,
    certainty: 'assumed',
    restsOn: 'what the official image of this version is built with',
    witness: [
      {
        at: 0,
        text: `SIGTERM to ${name}`,
        event: `sigterm:${name}`,
        moment: `app:signal:${name}:SIGTERM`,
      },
      { at: 0, text: `${name} closes its connections and exits`, moment: `app:exit:${name}` },
    ],
  } satisfies RaceFinding;
}

/** The signal that the runtime sends, and the one that an app drains at. */
function signalsOf({ container, name }: PodContainer, workload: WorkloadPrediction): AppBehaviour {
  const known = knownImage(container.image ?? '');
  const written = writtenSignals(workload).find((it) => it.name === name)?.signal;
  // Like nginx: what is an abort to it has a graceful brother.
  const wanted = known?.onStop === 'exit-now' ? 'SIGQUIT' : undefined;
  return { stopSignal: known?.stopSignal, drainsOn: written ?? wanted };
}

/** What the server dropped is only in what was written. */
function* droppedSignals(workload: WorkloadPrediction): Generator<RaceFinding> {
  for (const { path, signal, only } of writtenSignals(workload)) {
    const at: Citable = fieldAt(workload.object, [...path, 'stopSignal']);
    yield {
      at,
      message: `the API server drops stopSignal ${signal}: the feature ContainerStopSignals is off, and the signal stays that of the image`,
      certainty: 'assumed',
      restsOn: 'feature gates at their defaults',
      fixes: [
        {
          title: `Remove stopSignal ${signal}`,
          changes: [
            {
              at: only ? fieldAt(workload.object, path) : at,
              value: undefined,
            },
          ],
        },
      ],
    };
  }
}

interface WrittenSignal {
  readonly name: string;
  readonly signal: string;
  /** Of the container's lifecycle. */
  readonly path: readonly (string | number)[];
  /** Nothing else is in there. */
  readonly only: boolean;
}

/** The stop signals that a manifest has, before the server takes them out. */
function writtenSignals(workload: WorkloadPrediction): readonly WrittenSignal[] {
  const path = [...workload.templatePath, 'spec', 'containers'];
  let spec: unknown = workload.manifest.object;
  for (const step of path) spec = (spec as Record<string, unknown> | undefined)?.[step];
  return (Array.isArray(spec) ? spec : []).flatMap((it: unknown, i) => {
    const { name = '', lifecycle } = (it ?? {}) as {
      readonly name?: string;
      readonly lifecycle?: { readonly stopSignal?: unknown } | null;
    };
    const signal = lifecycle?.stopSignal;
    if (!lifecycle || typeof signal !== 'string') return [];
    const only = Object.keys(lifecycle).length === 1;
    return [{ name, signal, only, path: [...path, i, 'lifecycle'] }];
  });
}
