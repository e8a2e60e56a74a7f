/** Peers of a StatefulSet that look each other up in DNS before they are Ready. */
import { isHeadless, serviceSelects } from '../../endpoints/index.ts';
import { probeNumbers, type Host, type PodContainer } from '../../lifecycle/index.ts';
import { field, type Service, type StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { RETRY_SECONDS } from '../facts/connections.ts';
import { escaped, mentions, type Mention } from '../facts/mentions.ts';
import { withReadiness } from '../facts/replays.ts';
import { defineRaceRule, yaml, type RaceFinding, type WitnessStep } from '../race-rule.ts';
import type { LifePlan } from '../replay.ts';

export default defineRaceRule({
  id: 'statefulset-peer-dns-not-ready',
  severity: 'warning',
  basis: 'source',
  summary: 'Peers look each other up by names that DNS does not have yet.',
  why: `
    A pod of a StatefulSet has a name in DNS through the headless Service that serviceName names, and
    unless that Service publishes pods that are not ready, only while the pod is Ready. Peers that must
    find each other to become Ready wait for each other, and an answer that there is no such name is
    cached, for 30 seconds as a rule.
  `,
  remedy:
    'Set publishNotReadyAddresses: true on the headless Service of the peers, use podManagementPolicy Parallel, and retry look-ups at start.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/utils.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { kind, name, object, pod, namespace } = story.workload;
      const { serviceName = '' } = (object as unknown as StatefulSet).spec ?? {};
      if (kind !== 'StatefulSet' || !pod) return undefined;
      const peers = mentions(story.model, peersOf(name, serviceName));
      // A pod finds its own full name in /etc/hosts; other names are in DNS once it is published.
      const service = story.prediction.snapshot.get('Service', namespace, serviceName);
      const named = service && isHeadless(service) && serviceSelects(service, pod);
      const host: Host = named ? { own: 'name' } : {};
      const asked = knowsItself(story.workload, peers) ? [] : peers;
      const hosts = Object.fromEntries(asked.map(({ text }) => [text, host]));
      const to = Object.keys(hosts);
      const asks = (it: PodContainer) => asked.some(({ container }) => container === it.name);
      const waiting = { runFor: null, calls: [{ after: 0, to, every: RETRY_SECONDS, ends: true }] };
      const apps = Object.fromEntries(
        story.model.inits.filter(asks).map((it) => [it.name, waiting] as const),
      );
      // An app that joins its peers first is not ready before it has found them.
      const change = withReadiness(story.model.mains.filter(asks), ['call', to[0] ?? '', '0']);
      return !story
        .live({ apps: apps as LifePlan['apps'], hosts, change, until: 300 })
        .has('ready');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        #                 ^^ related: publishes only ready pods
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 7000 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 3
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  env:
                    - name: SEEDS
                      value: db-0.db,db-1.db,db-2.db
        #                    ^^^^^^^^^^^^^^^^^^^^^^^ db-0.db is in DNS only while that pod is Ready, and db looks it up before; db-0 starts alone and finds no other
                  readinessProbe: { tcpSocket: { port: 7000 } }
      `,
      // The Service has a cluster IP, so no pod has a name.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        #                 ^^ related: the Service of the names
        spec:
          selector: { app: db }
          ports: [{ port: 7000 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 3
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  args: [--join=db-0.db]
        #                ^^^^^^^^^^^^^^ db-0.db is not in DNS: db is not headless, and only a headless Service that selects them gives pods names
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          publishNotReadyAddresses: true
          selector: { app: db }
          ports: [{ port: 7000 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 3
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  env:
                    - name: SEEDS
                      value: db-0.db,db-1.db,db-2.db
                  readinessProbe: { tcpSocket: { port: 7000 } }
      `,
      // The first pod finds itself in /etc/hosts, and the others start when it is Ready.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 7000 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 3
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  env:
                    - name: SEEDS
                      value: db-0.db.default.svc.cluster.local
                  readinessProbe: { tcpSocket: { port: 7000 } }
      `,
      // Nothing here says that the pods know each other.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 7000 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 3
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
      `,
    ],
  },

  *find(workload, { snapshot }) {
    const { kind, name, namespace, pod, model } = workload;
    if (kind !== 'StatefulSet' || !pod || !model || workload.replicas < 2) return;
    const { spec } = workload.object as unknown as StatefulSet;
    const serviceName = spec?.serviceName ?? '';
    const service = serviceName ? snapshot.get('Service', namespace, serviceName) : undefined;
    if (!service) return;
    const peers = mentions(model, peersOf(name, serviceName));
    const [peer] = peers;
    if (!peer || knowsItself(workload, peers)) return;
    const finding = !isHeadless(service)
      ? nameless(peer, service, `${serviceName} is not headless`)
      : !serviceSelects(service, pod)
        ? nameless(peer, service, `${serviceName} does not select the pods`)
        : notYet(peer, service, workload);
    if (finding) yield finding;
  },
});

/** The hosts of its pods, as a pattern. */
function peersOf(name: string, serviceName: string): string {
  return `${escaped(name)}-\\d+\\.${escaped(serviceName)}(?:\\.[a-z0-9.-]+)?`;
}

/**
 * Only the first pod is named, in full: that pod has its own full name in /etc/hosts, and the
 * others start when it is Ready.
 */
function knowsItself(
  { name, object, pod }: WorkloadPrediction,
  peers: readonly Mention[],
): boolean {
  const { podManagementPolicy, ordinals } = (object as unknown as StatefulSet).spec ?? {};
  const first = `${name}-${ordinals?.start ?? 0}.`;
  const isFirst = ({ text }: Mention) => text.startsWith(first) && /\.svc\.[a-z]/.test(text);
  // On the node's network the file is the node's.
  if (pod?.spec.hostNetwork) return false;
  return podManagementPolicy !== 'Parallel' && peers.every(isFirst);
}

function nameless(peer: Mention, service: Service, why: string): RaceFinding {
  return {
    at: peer.at,
    severity: 'error',
    message: `${peer.text} is not in DNS: ${why}, and only a headless Service that selects them gives pods names`,
    related: [{ message: 'the Service of the names', at: field(service).metadata.name }],
  };
}

function notYet(
  peer: Mention,
  service: Service,
  workload: WorkloadPrediction,
): RaceFinding | undefined {
  if (service.spec.publishNotReadyAddresses === true) return undefined;
  const container = workload.model?.mains.find((it) => it.name === peer.container);
  const init = workload.model?.inits.some((it) => it.name === peer.container);
  // Without a probe a pod is Ready as soon as it runs, peers or not.
  if (!init && !container?.container.readinessProbe) return undefined;
  const { spec } = workload.object as unknown as StatefulSet;
  const ordered =
    spec?.podManagementPolicy === 'Parallel'
      ? ''
      : `; ${workload.name}-0 starts alone and finds no other`;
  const at = field(service).spec.publishNotReadyAddresses;
  return {
    at: peer.at,
    message: `${peer.text} is in DNS only while that pod is Ready, and ${peer.container} looks it up before${ordered}`,
    certainty: 'assumed',
    restsOn: 'that the peers are looked up at start',
    witness: notYetWitness(peer, container),
    related: [{ message: 'publishes only ready pods', at: field(service).metadata.name }],
    fixes: [{ title: 'Publish peers that are not ready', changes: [{ at, value: true }] }],
  };
}

/** From one look-up to the next; an app looks its peers up before it answers its probe. */
function notYetWitness(
  { container, text }: Mention,
  main: PodContainer | undefined,
): readonly WitnessStep[] {
  const probe = main?.container.readinessProbe;
  const moment = probe ? `cri:ExecSync.end:${container}:1` : `app:call:${container}:false`;
  const every = probe ? probeNumbers(probe).period : RETRY_SECONDS;
  return [
    { at: 0, text: `${container} looks ${text} up: no pod of that name is Ready`, moment },
    { at: every, text: 'the same again: the first pod waits for what waits for it', moment },
  ];
}
