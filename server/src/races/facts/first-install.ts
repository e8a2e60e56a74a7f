/**
 * Everything installed at once where nothing was: init containers and probes that ask a Service are
 * answered as soon as somebody behind it is published, and no sooner.
 */
import { isHeadless } from '../../endpoints/index.ts';
import type { AppBehaviour, Host, PodContainer } from '../../lifecycle/index.ts';
import { mapContainers, type Container, type Pod, type Probe } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { LifePlan, ReplayStory, Trace } from '../replay.ts';
import { RETRY_SECONDS } from './connections.ts';
import { ownersBehind } from './dependencies.ts';
import { probesOf, type PlacedProbe } from './probes.ts';
import { serviceOfHost } from './service-names.ts';
import { contactsIn, expanded, waitsOf, type Contact } from './waits.ts';
import { lastingContainers } from './workloads.ts';

/** Who asks then still has no answer. A multiple of the usual periods of probes. */
export const STILL_SECONDS = 240;

/** All workloads, each until some time after that. */
export function firstInstall(story: ReplayStory): ReadonlyMap<WorkloadPrediction, Trace> {
  return story.together(planOf);
}

/** Whether a workload never is an endpoint of anybody. */
export function neverServes(story: ReplayStory): boolean {
  const life = firstInstall(story).get(story.workload);
  return life !== undefined && !life.has('ready');
}

function planOf(story: ReplayStory, published: (it: WorkloadPrediction) => number): LifePlan {
  const { model } = story;
  const hosts: Record<string, Host> = {};
  const name = (contact: Contact) => {
    const host = hostOf(contact, story, published);
    if (host) hosts[contact.host] = host;
    return contact.host;
  };
  const apps: Record<string, AppBehaviour> = {};
  for (const it of model.inits) {
    const to = waitsOf(it).map(name);
    if (to.length > 0) {
      apps[it.name] = { runFor: null, calls: [{ after: 0, to, every: RETRY_SECONDS, ends: true }] };
    }
  }
  const asking = lastingContainers(model).map((it) => ({ it, probes: askingProbes(it, name) }));
  const change = (pod: Pod) => asking.reduce(withProbes, pod);
  return { apps, change, hosts, until: STILL_SECONDS + 10 };
}

/** Undefined where the host is none that the declared workloads answer for. */
function hostOf(
  { host, dnsOnly }: Contact,
  { workload, model, prediction }: ReplayStory,
  published: (it: WorkloadPrediction) => number,
): Host | undefined {
  const service = serviceOfHost(host, workload.namespace, model.snapshot);
  // The name of a Service with a cluster IP is there from the start.
  if (!service || (dnsOnly && !isHeadless(service))) return undefined;
  const owners = ownersBehind(service, prediction);
  const from = Math.min(...owners.filter((it) => it !== workload).map(published));
  if (!owners.includes(workload)) return owners.length > 0 ? { from } : undefined;
  return { from, own: dnsOnly ? 'name' : 'served' };
}

/** The hosts that a probe names. */
export function hostsOf({ container }: PodContainer, { probe }: PlacedProbe): readonly Contact[] {
  const host = probe.httpGet?.host ?? probe.tcpSocket?.host;
  if (host) return [{ host, port: undefined, dnsOnly: false }];
  return contactsIn(expanded((probe.exec?.command ?? []).join(' '), container));
}

/** Probes that ask a host, as commands of the simulated apps. */
function askingProbes(it: PodContainer, name: (contact: Contact) => string): Partial<Container> {
  const changed: Record<string, Probe> = {};
  for (const placed of probesOf(it)) {
    const [first] = hostsOf(it, placed);
    if (placed.kind === 'liveness' || !first) continue;
    const { httpGet: _, tcpSocket: __, ...rest } = placed.probe;
    changed[`${placed.kind}Probe`] = { ...rest, exec: { command: ['call', name(first), '0'] } };
  }
  return changed;
}

function withProbes(
  pod: Pod,
  { it, probes }: { readonly it: PodContainer; readonly probes: Partial<Container> },
): Pod {
  const change = (own: Container) => (own.name === it.name ? { ...own, ...probes } : own);
  return mapContainers(pod, change);
}
