/** A sidecar that counts as started only after a container which starts after it. */
import { probeNumbers, type PodContainer, type PodModel } from '../../lifecycle/index.ts';
import { each, fieldAt, type Citable, type Pod } from '../../manifest/index.ts';
import { hookCall, listening } from '../facts/connections.ts';
import { asReadiness } from '../facts/moves.ts';
import { portNumber, probePort } from '../facts/probes.ts';
import { withHook } from '../facts/replays.ts';
import { contactsIn, expanded, handlerWaits } from '../facts/waits.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFix, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'sidecar-blocks-init',
  severity: 'error',
  basis: 'source',
  summary: 'A sidecar waits for a container that cannot start before the sidecar has.',
  why: `
    The containers after a sidecar start when it counts as started: when its postStart has returned
    and its startup probe has succeeded. A startup probe or hook that asks a main container's port
    waits for what waits for it; at the end of its budget the sidecar is killed, and again.
  `,
  remedy: `Let the startup probe ask the sidecar's own port; say dependence on the app by a readinessProbe.`,
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model } = story;
      const sockets = listening(model, () => 1);
      const apps = Object.fromEntries(
        lastingContainers(model).map((it) => [it.name, { ...sockets[it.name], http: null }]),
      );
      const change = (pod: Pod) =>
        model.sidecars.reduce((changed, it) => {
          const call = hookCall(it, 'postStart', model);
          return call ? withHook([it], 'postStart', call.command)(changed) : changed;
        }, pod);
      const life = story.live({ apps, change, until: 600 });
      return model.mains.some((it) => !life.has(`cri:StartContainer:${it.name}`));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: proxy
              image: registry.example/proxy:1
              restartPolicy: Always
              ports: [{ containerPort: 15000 }]
              startupProbe: { httpGet: { path: /, port: 8080 } }
        #                                               ^^^^ the startup probe of proxy asks port 8080, which app opens; app does not start before proxy counts as started
          containers:
            - name: app
        #           ^^^ related: app has the port
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: proxy
              image: registry.example/proxy:1
              restartPolicy: Always
              ports: [{ containerPort: 15000 }]
              startupProbe: { httpGet: { path: /, port: 15000 } }
              readinessProbe: { httpGet: { path: /, port: 8080 } }
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
      `,
      // Readiness holds nobody back.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: proxy
              image: registry.example/proxy:1
              restartPolicy: Always
              readinessProbe: { httpGet: { path: /, port: 8080 } }
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const sidecar of model.sidecars) {
      for (const { port, at, by } of asked(sidecar)) {
        const owner = laterOwner(port, sidecar, model);
        if (!owner) continue;
        yield {
          at,
          message: `the ${by} of ${sidecar.name} asks port ${port}, which ${owner.name} opens; ${owner.name} does not start before ${sidecar.name} counts as started`,
          certainty: 'assumed',
          restsOn: `that nobody but ${owner.name} listens at port ${port}, as the declared ports say`,
          related: [{ message: `${owner.name} has the port`, at: owner.at.name }],
          witness: witnessOf(sidecar, owner.name, by, port),
          fixes: [
            ...startBefore(owner, sidecar, model),
            ...(by === 'startup probe' ? asReadiness(sidecar, 'startupProbe') : []),
          ],
        };
        break;
      }
    }
  },
});

/** A startup probe has an end, at which the sidecar is killed; a hook goes on for ever. */
function witnessOf(
  { name, container }: PodContainer,
  owner: string,
  by: Asked['by'],
  port: number,
): readonly WitnessStep[] {
  const starts = { at: 0, text: `${name} starts`, moment: `cri:StartContainer:${name}` };
  const refused = `its ${by} asks port ${port}: refused`;
  const { startupProbe } = container;
  if (by !== 'startup probe' || !startupProbe) {
    return [starts, { at: 0, text: refused, moment: `cri:ExecSync:${name}:postStart` }];
  }
  const { initialDelay, period, failureThreshold } = probeNumbers(startupProbe);
  const first = Math.max(1, Math.ceil(initialDelay / period)) * period;
  return [
    starts,
    { at: first, text: refused, moment: `event:Unhealthy:${name}` },
    {
      at: first + (failureThreshold - 1) * period,
      text: `its last failure: ${name} is killed, and starts anew; ${owner} has not started`,
      moment: `event:Killing:${name}`,
    },
  ];
}

/** A sidecar that is asked starts before the one that asks. */
function startBefore(
  owner: PodContainer,
  sidecar: PodContainer,
  { startOrder, pod }: PodModel,
): readonly RaceFix[] {
  if (owner.role !== 'sidecar') return [];
  const to = fieldAt(pod, ['spec', 'initContainers', startOrder.indexOf(sidecar)]);
  return [
    { title: `Start ${owner.name} before ${sidecar.name}`, changes: [{ move: owner.at, to }] },
  ];
}

interface Asked {
  readonly port: number;
  readonly at: Citable;
  readonly by: 'startup probe' | 'postStart hook';
}

/** The ports of the pod that must answer before the sidecar counts as started. */
function asked(sidecar: PodContainer): readonly Asked[] {
  const { container, at } = sidecar;
  const { startupProbe } = container;
  const found: Asked[] = [];
  const target =
    startupProbe && probePort({ kind: 'startup', probe: startupProbe, at: at.startupProbe });
  const number = target && portNumber(container, target.port);
  const host = startupProbe?.httpGet?.host ?? startupProbe?.tcpSocket?.host;
  if (target && number !== undefined && (!host || isLocal(host))) {
    found.push({ port: number, at: target.at, by: 'startup probe' });
  }
  for (const [word, place] of each(at.startupProbe.exec.command)) {
    for (const it of contactsIn(expanded(word, container))) {
      if (it.port !== undefined && isLocal(it.host)) {
        found.push({ port: it.port, at: place, by: 'startup probe' });
      }
    }
  }
  for (const it of handlerWaits(sidecar, at.lifecycle.postStart.exec.command)) {
    if (it.port !== undefined && isLocal(it.host)) {
      found.push({ port: it.port, at: it.at, by: 'postStart hook' });
    }
  }
  return found;
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '127.0.0.1';
}

/** A container after the sidecar that declares the port, where the sidecar and those before do not. */
function laterOwner(
  port: number,
  sidecar: PodContainer,
  model: PodModel,
): PodContainer | undefined {
  const declares = ({ container }: PodContainer) =>
    (container.ports ?? []).some((it) => it.containerPort === port);
  const index = model.startOrder.indexOf(sidecar);
  if (model.startOrder.slice(0, index + 1).some(declares)) return undefined;
  const text = JSON.stringify([
    sidecar.container.command,
    sidecar.container.args,
    sidecar.container.env,
  ]);
  if (text.includes(String(port))) return undefined;
  return [...model.startOrder.slice(index + 1), ...model.mains].find(declares);
}
