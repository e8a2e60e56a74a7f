/**
 * Probes as closed forms: when they first run, when they can first turn, when they kill.
 * Follows pkg/kubelet/prober/worker.go: the ticker starts at the pod's first sync, before the
 * container; `initialDelaySeconds` counts from startedAt in whole seconds and only skips ticks;
 * readiness is probed besides at every step of the pod while it is not ready.
 */
import type { TimeWindow } from '../explanation/index.ts';
import type { Probe } from '../manifest/index.ts';

/** A probe's numbers as the API server defaults them. */
export interface ProbeNumbers {
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** The numbers of a probe, defaulted. */
export function probeNumbers(probe: Probe): ProbeNumbers {
  return {
    initialDelay: Math.max(0, probe.initialDelaySeconds ?? 0),
    period: Math.max(1, probe.periodSeconds ?? 10),
    timeout: Math.max(1, probe.timeoutSeconds ?? 1),
    successThreshold: Math.max(1, probe.successThreshold ?? 1),
    failureThreshold: Math.max(1, probe.failureThreshold ?? 3),
  };
}

/** A change of the pod's status that makes the kubelet ask for readiness is this quick. */
export const PROBED_AT_ONCE_SECONDS = 0.1;

/** From the container being seen running to the first probe that counts. */
export function firstProbeAfter(probe: Probe, isReadiness: boolean): TimeWindow {
  const { initialDelay, period } = probeNumbers(probe);
  // startedAt is cut to the second, so the delay may seem up to a second shorter.
  const earliest = Math.max(0, initialDelay - 1);
  // Readiness is probed at once when the container is seen running.
  const latest = initialDelay === 0 && isReadiness ? PROBED_AT_ONCE_SECONDS : initialDelay + period;
  return { earliest, latest };
}

/** From the container's start to the startup probe's (or liveness') kill, if every probe fails. */
export function killAfterStart(probe: Probe): TimeWindow {
  const { initialDelay, period, timeout, failureThreshold } = probeNumbers(probe);
  const probes = (failureThreshold - 1) * Math.max(period, timeout);
  return {
    earliest: Math.max(0, initialDelay - 1) + (failureThreshold - 1) * period,
    latest: initialDelay + period + probes + timeout,
  };
}

/** From the moment an app hangs to the liveness kill. */
export function killAfterHang(probe: Probe): TimeWindow {
  const { period, timeout, failureThreshold } = probeNumbers(probe);
  return {
    earliest: (failureThreshold - 1) * period,
    latest: failureThreshold * Math.max(period, timeout) + timeout,
  };
}

/** From the moment an app fails to Ready=False in the kubelet. */
export function notReadyAfter(probe: Probe): TimeWindow {
  return killAfterHang(probe);
}

/** From the moment the app can answer a probe to the probe's success. */
export function successAfterAble(probe: Probe, isReadiness: boolean): TimeWindow {
  const { period, timeout, successThreshold } = probeNumbers(probe);
  const more = (successThreshold - 1) * period;
  return {
    // Readiness is probed besides at every step of the pod: several may count within a period.
    earliest: isReadiness ? 0 : more,
    latest: Math.max(period, timeout) + timeout + more,
  };
}
