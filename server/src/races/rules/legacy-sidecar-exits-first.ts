/** A proxy or log agent among the main containers: it is told to stop when the app is. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { helperKind, WHAT_GOES } from '../facts/helpers.ts';
import { DELETED, exited } from '../facts/replays.ts';
import {
  drainOrRequest,
  graceThatFits,
  minorVersion,
  raiseGrace,
  sleepHook,
} from '../facts/shutdown.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'legacy-sidecar-exits-first',
  severity: 'warning',
  basis: 'source',
  summary: 'The helper container leaves before the app that needs it has finished.',
  why: `
    Main containers are stopped in parallel, whatever their order. A proxy has little to finish and
    is gone at once; the app then drains without its network, its database or its log collector. A
    native sidecar (an init container with restartPolicy Always) is told to stop after the app.
  `,
  remedy:
    'Move the helper to initContainers with restartPolicy: Always, or let it sleep in a preStop hook for as long as the app needs.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_termination_order.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const apps = story.model.mains.filter((it) => isApp(it) && hasWork(it));
      const drain = Object.fromEntries(
        apps.map((it) => [it.name, { onTerm: `exit:${drainOrRequest(it)}` }]),
      );
      // A proxy that waits for its connections goes on as long as there are any.
      const waiting = story.model.mains.filter((it) => helperKind(it) && drains(it, story.model));
      const wait = Object.fromEntries(waiting.map((it) => [it.name, { onTerm: 'exit:25' }]));
      const life = story.live({ actions: DELETED, apps: { ...drain, ...wait } });
      return story.model.mains.some(
        (it) =>
          helperKind(it) !== undefined &&
          apps.some((app) => isServedBy(app, it) && exited(life, it.name) < exited(life, app.name)),
      );
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { podsage.dev/app.app.drain-seconds: "10" }
            spec:
              containers:
                - name: app
        #               ^^^ related: app needs it until it has stopped
                  image: registry.example/web:1
                  lifecycle: { preStop: { sleep: { seconds: 5 } } }
                - name: istio-proxy
        #               ^^^^^^^^^^^ istio-proxy is told to stop at once, in parallel with app, which needs 15s: app loses its network before it has finished
                  image: registry.example/istio/proxyv2:1.22.0
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              initContainers:
                - name: istio-proxy
                  image: registry.example/istio/proxyv2:1.22.0
                  restartPolicy: Always
              containers:
                - name: app
                  image: registry.example/web:1
                  lifecycle: { preStop: { sleep: { seconds: 5 } } }
      `,
      // Its hook is as long as the app's hook and drain: the boundary.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { podsage.dev/app.app.drain-seconds: "10" }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  lifecycle: { preStop: { sleep: { seconds: 5 } } }
                - name: istio-proxy
                  image: registry.example/istio/proxyv2:1.22.0
                  lifecycle: { preStop: { sleep: { seconds: 15 } } }
      `,
      // A log agent of the node reads from nobody in its pod.
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: logs }
        spec:
          selector: { matchLabels: { app: logs } }
          template:
            metadata: { labels: { app: logs } }
            spec:
              containers:
                - name: fluent-bit
                  image: registry.example/fluent-bit:3
                - name: watcher
                  image: registry.example/watcher:1
      `,
      // The proxy waits for its connections.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
            - name: istio-proxy
              image: registry.example/istio/proxyv2:1.22.0
              env: [{ name: EXIT_ON_ZERO_ACTIVE_CONNECTIONS, value: "true" }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model || !isLongRunning(workload) || minorVersion(workload) < 29) return;
    const apps = model.mains.filter((it) => isApp(it) && hasWork(it));
    for (const helper of model.mains) {
      const served = apps.filter((it) => isServedBy(it, helper));
      const finding = served.length > 0 ? judge(helper, served, model) : undefined;
      if (finding) yield finding;
    }
  },
});

/** Neither a helper itself nor something that only watches one. */
function isApp(container: PodContainer): boolean {
  return helperKind(container) === undefined && !/export|reload|metrics/i.test(container.name);
}

/** Logs are read from a volume; who serves the pod's own clients is no helper. */
function isServedBy(app: PodContainer, helper: PodContainer): boolean {
  if (helper.serves) return false;
  if (helperKind(helper) !== 'logs') return true;
  const shared = new Set(volumesOf(app));
  return volumesOf(helper).some((it) => shared.has(it));
}

/** The volumes of a container; the token, which every container has, is left out. */
function volumesOf({ container }: PodContainer): readonly string[] {
  return (container.volumeMounts ?? [])
    .filter((it) => !it.mountPath.startsWith('/var/run/secrets/'))
    .map((it) => it.name);
}

/** An app that is gone at SIGTERM misses nobody. */
function hasWork({ app, preStop }: PodContainer): boolean {
  return preStop.kind !== 'none' || !(app.onSigterm.declared && app.onSigterm.value === 'exit-now');
}

function judge(
  helper: PodContainer,
  apps: readonly PodContainer[],
  model: PodModel,
): RaceFinding | undefined {
  const kind = helperKind(helper);
  if (!kind || drains(helper, model)) return undefined;
  const needs = apps.map((it) => ({ app: it, seconds: leastEnd(it) }));
  const [longest] = needs.sort((a, b) => b.seconds - a.seconds);
  const has = helper.preStop.seconds.earliest;
  if (!longest || has >= longest.seconds || helper.preStop.seconds.latest === Infinity)
    return undefined;
  const { app } = longest;
  const seconds = Math.ceil(longest.seconds);
  const when = has > 0 ? `after ${formatSeconds(has)}` : 'at once';
  const fits = Math.max(
    graceThatFits(model, (it) => it.preStop.seconds.earliest),
    seconds + 5,
  );
  return {
    at: helper.at.name,
    message: `${helper.name} is told to stop ${when}, in parallel with ${app.name}, which needs ${formatSeconds(longest.seconds)}: ${app.name} loses ${WHAT_GOES[kind]} before it has finished`,
    certainty: 'assumed',
    restsOn: `that ${helper.name} exits at SIGTERM, and that ${app.name} drains as long as is known`,
    related: [{ message: `${app.name} needs it until it has stopped`, at: app.at.name }],
    witness: [
      {
        at: has,
        text: `SIGTERM to ${helper.name}`,
        event: `sigterm:${helper.name}`,
        moment: `app:signal:${helper.name}:SIGTERM`,
      },
      { at: has, text: `${helper.name} exits`, moment: `app:exit:${helper.name}` },
      {
        at: Math.min(longest.seconds, model.gracePeriodSeconds),
        text: `${app.name} has ended, the last part without ${helper.name}`,
        moment: `app:exit:${app.name}`,
      },
    ],
    fixes: [
      {
        title: `Let ${helper.name} sleep ${seconds}s first`,
        changes: [sleepHook(helper, seconds), ...raiseGrace(model, fits)],
      },
    ],
  };
}

/** The least an app needs from the beginning of its end. */
function leastEnd(app: PodContainer): number {
  return app.preStop.seconds.earliest + drainOrRequest(app);
}

/** Istio and Linkerd can be told to wait; so can an app by declaration. */
function drains({ container, app }: PodContainer, { pod }: PodModel): boolean {
  const annotations = pod.metadata.annotations ?? {};
  const istio = annotations['proxy.istio.io/config'] ?? '';
  return (
    (container.env ?? []).some(
      (it) => it.name === 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS' && it.value === 'true',
    ) ||
    /EXIT_ON_ZERO_ACTIVE_CONNECTIONS|terminationDrainDuration/.test(istio) ||
    annotations['config.alpha.linkerd.io/proxy-wait-before-exit-seconds'] !== undefined ||
    (app.onSigterm.declared && app.onSigterm.value === 'drain-then-stop')
  );
}
