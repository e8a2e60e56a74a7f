/** A probe of a port that its container does not have. */
import { probeNumbers, type PodContainer, type PodModel } from '../../lifecycle/index.ts';
import type { Citable, Probe } from '../../manifest/index.ts';
import { portNumber, probePort, probesOf, type PlacedProbe } from '../facts/probes.ts';
import { lastingContainers } from '../facts/workloads.ts';
import {
  defineRaceRule,
  yaml,
  type RaceFinding,
  type RaceFix,
  type WitnessStep,
} from '../race-rule.ts';

export default defineRaceRule({
  id: 'probe-port-mismatch',
  severity: 'error',
  basis: 'source',
  summary: 'A probe asks a port that its container does not have.',
  why: `
    A port's name in a probe is looked up in the ports of the same container. Where it is not there the
    probe cannot be made and its result is thrown away: a readiness or startup probe never succeeds, a
    liveness probe never fails. A number is taken as it is; another container's port answers for that
    container, not for this one.
  `,
  remedy: 'Name a port that the container declares, or write the number it listens at.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }, { path: 'pkg/probe/util.go' }],
  replay: {
    by: 'kubelet',
    // Each container alone is well, and its neighbours do not come up.
    lost: (story) =>
      lastingContainers(story.model).some((own) => {
        const { name } = own;
        const apps = Object.fromEntries(
          lastingContainers(story.model).map((it) => [
            it.name,
            { http: null, listens: it === own ? listensAt(it, story.model) : [] },
          ]),
        );
        const life = story.live({ apps, until: 300 });
        return !life.has(`status:ready:${name}:true`) || life.has(`app:signal:${name}:SIGTERM`);
      }),
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
              ports: [{ name: web, containerPort: 8080 }]
              readinessProbe: { httpGet: { path: /, port: http } }
        #                                                 ^^^^ app has no port named http, but web: the readiness probe cannot be made, so it never becomes Ready
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
              livenessProbe: { tcpSocket: { port: 9090 } }
        #                                         ^^^^ port 9090 is metrics's: app is restarted when metrics does not answer, not when it does not itself
            - name: metrics
              image: registry.example/metrics:1
              ports: [{ containerPort: 9090 }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ name: http, containerPort: 8080 }]
              readinessProbe: { httpGet: { path: /, port: http } }
              livenessProbe: { httpGet: { path: /, port: 8080 } }
      `,
      // Ports need not be declared, and this one is on the command line.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              args: [--health-port=9090]
              ports: [{ containerPort: 8080 }]
              livenessProbe: { tcpSocket: { port: 9090 } }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const container of lastingContainers(model)) {
      const told = new Set<string>();
      for (const placed of probesOf(container)) {
        const target = probePort(placed);
        if (!target) continue;
        const finding =
          typeof target.port === 'string'
            ? nameMissing(container, placed, target.port)
            : numberElsewhere(container, placed, target.port, model);
        const fixes =
          typeof target.port === 'string' ? onlyPort(container, target.at) : finding?.fixes;
        // Several probes of a port that is only not declared have one cause.
        if (!finding || told.has(finding.message)) continue;
        told.add(finding.message);
        yield { at: target.at, ...finding, ...(fixes ? { fixes } : {}) };
      }
    }
  },
});

/** The ports it declares or names; where it declares none, those it is asked at and nobody else has. */
function listensAt(owned: PodContainer, model: PodModel): readonly string[] {
  const { container } = owned;
  const ports = container.ports ?? [];
  const said = JSON.stringify([container.command, container.args, container.env]);
  const asked = probesOf(owned).flatMap((it) => {
    const number = probePort(it)?.port;
    return number === undefined ? [] : (portNumber(container, number) ?? []);
  });
  const isNamed = (port: number) => new RegExp(String.raw`(?<!\d)${port}(?!\d)`).test(said);
  const others = lastingContainers(model).flatMap((it) => it.container.ports ?? []);
  const isFree = (port: number) => others.every((it) => it.containerPort !== port);
  const more = asked.filter((it) => isNamed(it) || (ports.length === 0 && isFree(it)));
  const own = ports.map((it) => it.containerPort);
  return [...new Set([...own, ...more])].map((it) => `${it}/TCP`);
}

/** Until it is killed for a port that is not its own. */
function neighbourWitness(name: string, probe: Probe, owner: string): readonly WitnessStep[] {
  const { initialDelay, period, failureThreshold } = probeNumbers(probe);
  const first = Math.max(1, Math.ceil(initialDelay / period)) * period;
  return [
    {
      at: 0,
      text: `${name} starts, and ${owner} does not listen`,
      moment: `cri:StartContainer:${name}`,
    },
    {
      at: first + (failureThreshold - 1) * period,
      text: `the probe has failed for the last time: ${name} is killed, ${owner} is not`,
      moment: `event:Killing:${name}`,
    },
  ];
}

const NEVER: Readonly<Record<PlacedProbe['kind'], string>> = {
  startup: 'it never counts as started, and is not killed for it',
  readiness: 'it never becomes Ready',
  liveness: 'it is never restarted, hung or not',
};

function nameMissing(
  { name, container }: PodContainer,
  { kind }: PlacedProbe,
  port: string,
): Omit<RaceFinding, 'at'> | undefined {
  const ports = container.ports ?? [];
  // A number in quotes is taken as a number.
  if (/^\d+$/.test(port) || ports.some((it) => it.name === port)) return undefined;
  const names = ports.flatMap((it) => it.name ?? []);
  const has = names.length > 0 ? `, but ${names.join(', ')}` : '';
  return {
    message: `${name} has no port named ${port}${has}: the ${kind} probe cannot be made, so ${NEVER[kind]}`,
  };
}

function numberElsewhere(
  owned: PodContainer,
  { kind, probe }: PlacedProbe,
  port: number,
  model: PodModel,
): Omit<RaceFinding, 'at'> | undefined {
  const { name, container } = owned;
  const declares = (it: PodContainer) =>
    (it.container.ports ?? []).some(({ containerPort }) => containerPort === port);
  if ((container.ports ?? []).some((it) => it.containerPort === port)) return undefined;
  if (probe.httpGet?.host || probe.tcpSocket?.host) return undefined;
  const said = JSON.stringify([container.command, container.args, container.env]);
  if (new RegExp(String.raw`(?<!\d)${port}(?!\d)`).test(said)) return undefined;
  const owner = lastingContainers(model).find((it) => it.name !== name && declares(it));
  const assumed = {
    certainty: 'assumed' as const,
    restsOn: 'that containers listen at the ports they declare',
  };
  if (owner) {
    return {
      ...assumed,
      severity: kind === 'readiness' ? 'information' : 'warning',
      witness: kind === 'readiness' ? [] : neighbourWitness(name, probe, owner.name),
      fixes: ownPort(owned, kind),
      message: `port ${port} is ${owner.name}'s: ${name} ${kind === 'readiness' ? 'is unready' : 'is restarted'} when ${owner.name} does not answer, not when it does not itself`,
    };
  }
  if ((container.ports ?? []).length === 0) return undefined;
  const list = [...new Set((container.ports ?? []).map((it) => it.containerPort))].join(', ');
  const asking = probesOf(owned).filter((it) => probePort(it)?.port === port);
  const kinds = new Intl.ListFormat('en').format(asking.map((it) => it.kind));
  const [probes, ask] = asking.length > 1 ? ['probes', 'ask'] : ['probe', 'asks'];
  return {
    ...assumed,
    severity: 'information',
    message: `${name} declares ${list}, and the ${kinds} ${probes} ${ask} ${port}`,
  };
}

/** Where the container declares one port only, that is where it can be asked. */
function ownPort(
  { name, container, at }: PodContainer,
  kind: PlacedProbe['kind'],
): readonly RaceFix[] {
  const [own, ...others] = container.ports ?? [];
  if (!own || others.length > 0) return [];
  const probe = at[`${kind}Probe`];
  const handler = container[`${kind}Probe`]?.httpGet ? probe.httpGet : probe.tcpSocket;
  const value = own.containerPort;
  return [{ title: `Ask port ${value} of ${name}`, changes: [{ at: handler.port, value }] }];
}

/** Where the container has one named port only, that is the one that is meant. */
function onlyPort({ container }: PodContainer, port: Citable): readonly RaceFix[] {
  const [name, ...others] = (container.ports ?? []).flatMap((it) => it.name ?? []);
  if (name === undefined || others.length > 0) return [];
  return [{ title: `Ask the port ${name}`, changes: [{ at: port, value: name }] }];
}
