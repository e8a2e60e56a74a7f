/**
 * The kubelet's configuration where the declared world shows it: kubeadm keeps it in the ConfigMap
 * kube-system/kubelet-config. Only what decides about the end of pods is
 * read, and how much of a node they may use.
 */
import type { KubeletOptions } from '../../lifecycle/index.ts';
import { field, readServerYaml, unitsOf, type Citable } from '../../manifest/index.ts';
import type { Prediction } from '../../prediction/index.ts';

/** Seconds as the kubelet reads them; undefined where a field is not set. */
export interface KubeletFacts {
  readonly at: Citable;
  readonly shutdownSeconds: number;
  readonly criticalSeconds: number;
  readonly byPriority: readonly { readonly priority: number; readonly seconds: number }[];
  readonly hasSoftEviction: boolean;
  /** How long a soft threshold has to be met, the longest of them; 0 where none is set. */
  readonly softEvictionGraceSeconds: number;
  /** 0 where it is not set. */
  readonly evictionMaxPodGraceSeconds: number;
  readonly options: KubeletOptions;
}

/** What the ConfigMap says; undefined where there is none that can be read. */
export function kubeletFacts({ snapshot }: Prediction): KubeletFacts | undefined {
  const map = snapshot
    .list('ConfigMap', 'kube-system')
    .find((it) => it.metadata.name === 'kubelet-config');
  const text = map?.data?.['kubelet'];
  if (!map || typeof text !== 'string') return undefined;
  const config = readMap(text);
  if (!config) return undefined;
  const soft = config['evictionSoft'];
  const groups = config['shutdownGracePeriodByPodPriority'];
  return {
    at: field(map).metadata.name,
    shutdownSeconds: duration(config['shutdownGracePeriod']),
    criticalSeconds: duration(config['shutdownGracePeriodCriticalPods']),
    byPriority: (Array.isArray(groups) ? groups : []).flatMap((it: unknown) => {
      const { priority, shutdownGracePeriodSeconds: seconds } = (it ?? {}) as Record<
        string,
        unknown
      >;
      return typeof priority === 'number' && typeof seconds === 'number'
        ? [{ priority, seconds }]
        : [];
    }),
    hasSoftEviction: typeof soft === 'object' && soft !== null && Object.keys(soft).length > 0,
    softEvictionGraceSeconds: Math.max(
      0,
      ...Object.values(config['evictionSoftGracePeriod'] ?? {}).map(duration),
    ),
    evictionMaxPodGraceSeconds: Number(config['evictionMaxPodGracePeriod'] ?? 0) || 0,
    options: optionsOf(config),
  };
}

function optionsOf(config: Record<string, unknown>): KubeletOptions {
  const { singleProcessOOMKill, containerLogMaxSize, containerLogMaxFiles } = config;
  return {
    singleProcessOOMKill: singleProcessOOMKill === true,
    ...(typeof containerLogMaxSize === 'string'
      ? { containerLogMaxSize: unitsOf(containerLogMaxSize) }
      : {}),
    ...(typeof containerLogMaxFiles === 'number' ? { containerLogMaxFiles } : {}),
  };
}

/** The groups of a graceful node shutdown, the lowest priority first; none where it is off. */
export function shutdownGroups(
  facts: KubeletFacts,
): readonly { readonly priority: number; readonly seconds: number }[] {
  const { byPriority, shutdownSeconds, criticalSeconds } = facts;
  if (byPriority.length > 0) return byPriority.toSorted((a, b) => a.priority - b.priority);
  if (shutdownSeconds <= 0) return [];
  return [
    { priority: 0, seconds: shutdownSeconds - criticalSeconds },
    { priority: 2_000_000_000, seconds: criticalSeconds },
  ];
}

/** What a graceful node shutdown leaves a pod of this priority; undefined where it is off. */
export function shutdownBudget(facts: KubeletFacts, priority: number): number | undefined {
  const groups = shutdownGroups(facts);
  // The group of the highest priority that is not above the pod's; the lowest takes the rest.
  return (groups.findLast((it) => it.priority <= priority) ?? groups[0])?.seconds;
}

function readMap(text: string): Record<string, unknown> | undefined {
  const reading = readServerYaml(text);
  const value = 'value' in reading ? reading.value : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** A duration of Go: `30s`, `1m30s`. */
function duration(value: unknown): number {
  let sum = 0;
  for (const [, number, unit] of (typeof value === 'string' ? value : '').matchAll(
    /(\d+(?:\.\d+)?)(ms|h|m|s)/g,
  )) {
    sum += Number(number) * ({ h: 3600, m: 60, s: 1, ms: 0.001 }[unit ?? 's'] ?? 1);
  }
  return sum;
}
