/** Hooks, grace, probes and images: what they mean for the pod's life. */
import { formatSeconds, formatWindow } from '../../explanation/index.ts';
import type { PodContainer } from '../../lifecycle/index.ts';
import type { Container, Pod, Probe } from '../../manifest/index.ts';
import { certificateLines } from '../certificate-texts.ts';
import { verdictViews } from '../views/timeline-view.ts';
import type { PodConsequence, PodContext } from './consequence.ts';
import { sentence } from '../text-style.ts';

const CONTAINERS = ['spec.containers[*]', 'spec.initContainers[*]'];

function everyContainer(
  field: string,
  tell: (container: PodContainer, context: PodContext) => string | undefined,
): readonly PodConsequence[] {
  return CONTAINERS.map((list) => ({
    field: `${list}.${field}`,
    tell(context) {
      const { model } = context.workload;
      const container =
        model?.mains.find((it) => it.name === context.container) ??
        model?.startOrder.find((it) => it.name === context.container);
      return container && tell(container, context);
    },
  }));
}

export const LIFECYCLE_CONSEQUENCES: readonly PodConsequence[] = [
  {
    field: 'spec.terminationGracePeriodSeconds',
    tell: ({ workload }) => {
      const { model } = workload;
      const shutdown = workload.shutdown('delete');
      if (!model || !shutdown) return undefined;
      const lines = model.mains.map(({ name }) => {
        const sigterm = shutdown.event(`sigterm:${name}`);
        const sigkill = shutdown.event(`sigkill:${name}`);
        return sigterm && sigkill
          ? `- \`${name}\`: stop signal at ${formatWindow(sigterm.window)}, SIGKILL at ${formatWindow(sigkill.window)} if it has not exited`
          : '';
      });
      return [
        'After a delete:',
        ...lines.filter((it) => it !== ''),
        ...verdictLines(shutdown),
        ...certificateLines(workload, ['cert-inflight']),
      ].join('\n');
    },
  },
  ...everyContainer('lifecycle.preStop', ({ preStop, name }, { workload }) => {
    const sigterm = workload.shutdown('delete')?.event(`sigterm:${name}`);
    const when = sigterm
      ? ` After a delete the stop signal comes at ${formatWindow(sigterm.window)}.`
      : '';
    return [
      `${sentence(preStop.explanation.message)}${when}`,
      ...certificateLines(workload, ['cert-drain'], name),
    ].join('\n');
  }),
  ...everyContainer('lifecycle.postStart', ({ postStart }) =>
    sentence(postStart.explanation.message),
  ),
  ...everyContainer('startupProbe', ({ container, name }, { workload }) => {
    const { startupProbe } = container;
    if (!startupProbe) return undefined;
    const { initialDelay, period, failures } = numbers(startupProbe);
    return [
      `The app may take up to about ${formatSeconds(initialDelay + period * failures)} to start (${failures} tries, one every ${formatSeconds(period)}); then the container is restarted. Readiness and liveness wait for its first success.`,
      ...certificateLines(workload, ['cert-boot'], name),
    ].join('\n');
  }),
  ...everyContainer('readinessProbe', ({ container }, { workload }) => {
    const { readinessProbe } = container;
    if (!readinessProbe) return undefined;
    const { period, failures, successes } = numbers(readinessProbe);
    const ready = workload.startup?.ofKind('ready').at(0);
    const first = ready
      ? ` Ready comes ${formatWindow(ready.window)} after the create request.`
      : '';
    return `Taken out of the endpoints after ${failures} failed ${failures === 1 ? 'try' : 'tries'} in a row, about ${formatSeconds(period * (failures - 1))} to ${formatSeconds(period * failures)} after the app stops answering; back after ${successes} ${successes === 1 ? 'success' : 'successes'}.${first}`;
  }),
  ...everyContainer('livenessProbe', ({ container }, { workload }) => {
    const { livenessProbe } = container;
    if (!livenessProbe) return undefined;
    const { period, failures } = numbers(livenessProbe);
    const grace =
      livenessProbe.terminationGracePeriodSeconds ?? workload.model?.gracePeriodSeconds ?? 30;
    return `Restarted after ${failures} failed ${failures === 1 ? 'try' : 'tries'} in a row, about ${formatSeconds(period * (failures - 1))} to ${formatSeconds(period * failures)} after the app hangs, with ${formatSeconds(grace)} of grace.`;
  }),
  ...everyContainer('image', ({ container }) => imageText(container)),
  ...everyContainer('resources.limits', ({ container }, { workload }) =>
    limitsText(container, workload.pod),
  ),
  ...everyContainer('command', ({ app }) => sentence(app.entrypoint.explanation.message)),
  ...everyContainer('restartPolicy', ({ role, name }) =>
    role === 'sidecar'
      ? `\`${name}\` is a native sidecar: it starts before the containers behind it and is stopped after all main containers.`
      : undefined,
  ),
];

function verdictLines(shutdown: Parameters<typeof verdictViews>[0]): readonly string[] {
  return verdictViews(shutdown).map(
    (it) => `- ${it.holds ? 'safe' : '**may go wrong**'}: ${it.label}: ${it.message}`,
  );
}

function numbers(probe: Probe) {
  return {
    initialDelay: probe.initialDelaySeconds ?? 0,
    period: probe.periodSeconds ?? 10,
    failures: probe.failureThreshold ?? 3,
    successes: probe.successThreshold ?? 1,
  };
}

function imageText({ image, imagePullPolicy }: Container): string | undefined {
  if (!image || !imagePullPolicy) return undefined;
  const texts: Readonly<Record<string, string>> = {
    Always: 'The registry is asked at every start of the container; without it, it does not start.',
    IfNotPresent: 'Pulled only where the node does not have it yet.',
    Never: 'Never pulled: a node without it cannot run the pod.',
  };
  return (
    texts[imagePullPolicy] && `\`imagePullPolicy: ${imagePullPolicy}\`. ${texts[imagePullPolicy]}`
  );
}

/** What happens at a limit, and how early the pod is evicted. */
function limitsText({ resources }: Container, pod: Pod | undefined): string | undefined {
  const { memory, cpu } = resources?.limits ?? {};
  const qosClass = pod?.status?.qosClass;
  const eviction: Readonly<Record<string, string>> = {
    BestEffort: 'of the first to be evicted when its node runs out of memory',
    Burstable: 'evicted when its node runs out of memory, once it uses more than it requests',
    Guaranteed: 'of the last to be evicted when its node runs out of memory',
  };
  const parts = [
    ...(memory === undefined ? [] : [`Killed (OOMKilled) when it uses more than ${memory}.`]),
    ...(cpu === undefined ? [] : [`Slowed down, not killed, at ${cpu} CPU.`]),
    ...(qosClass && eviction[qosClass] ? [`QoS class ${qosClass}: ${eviction[qosClass]}.`] : []),
  ];
  return parts.length > 0 ? parts.join(' ') : undefined;
}
