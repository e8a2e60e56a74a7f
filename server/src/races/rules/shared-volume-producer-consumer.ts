/** A container that reads from a volume what another writes into it at the same time. */
import type { AppBehaviour, PodContainer, PodModel } from '../../lifecycle/index.ts';
import { each, type Citable } from '../../manifest/index.ts';
import { objectsRead } from '../facts/config-replays.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'shared-volume-producer-consumer',
  severity: 'information',
  basis: 'source',
  summary: 'A container reads files that another one of the pod may not have written yet.',
  why: `
    Main containers start one right after the other; nobody waits until one has written what the next
    one reads. Each restart of a container finds the volume as it is then, so it may go wrong at the
    first start alone.
  `,
  remedy:
    'Write the files in an init container, or in a sidecar whose startupProbe tests that they are there.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'configuration',
    lost(story) {
      const { workload, model } = story;
      const { views } = story.configured({
        objects: objectsRead(workload),
        apps: writing(model),
        until: 60,
      });
      return model.mains.some(({ name, container }) => {
        const seen = views.filter((it) => it.files && it.container === name);
        const [first, last] = [seen[0]?.files ?? {}, seen.at(-1)?.files ?? {}];
        const isEmpty = (files: object | undefined) => Object.keys(files ?? {}).length === 0;
        // A log is followed; what else is only read is read when the container starts.
        return (container.volumeMounts ?? []).some(
          (it) =>
            it.readOnly === true &&
            !LOGS.test(it.name) &&
            isEmpty(first[it.mountPath]) &&
            !isEmpty(last[it.mountPath]),
        );
      });
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
            - name: fetch
        #           ^^^^^ related: writes it
              image: registry.example/fetch:1
              volumeMounts: [{ name: site, mountPath: /out }]
            - name: app
              image: registry.example/web:1
              args: [--root=/srv/site]
              volumeMounts: [{ name: site, mountPath: /srv/site, readOnly: true }]
        #                            ^^^^ app reads /srv/site, which fetch writes: both start together, so it may find nothing there, and its command names a path in it
          volumes: [{ name: site, emptyDir: {} }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: fetch
              image: registry.example/fetch:1
              volumeMounts: [{ name: site, mountPath: /out }]
          containers:
            - name: app
              image: registry.example/web:1
              args: [--root=/srv/site]
              volumeMounts: [{ name: site, mountPath: /srv/site, readOnly: true }]
          volumes: [{ name: site, emptyDir: {} }]
      `,
      // Logs are read as they come.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              volumeMounts: [{ name: scratch, mountPath: /tmp }]
            - name: other
              image: registry.example/other:1
              volumeMounts: [{ name: scratch, mountPath: /tmp }]
          volumes: [{ name: scratch, emptyDir: {} }]
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const { name: volume, emptyDir } of model.pod.spec.volumes ?? []) {
      if (!emptyDir || LOGS.test(volume)) continue;
      // What an init container or sidecar has put there before is there.
      if (model.startOrder.some((it) => mountOf(it, volume)?.readOnly === false)) continue;
      const finding = raceOver(volume, model);
      if (finding) yield finding;
    }
  },
});

/** How long a main container takes to write; what runs before has written when it is done. */
const WRITES_AFTER = 2;

/** Everybody who may write into an emptyDir does. */
function writing({ startOrder, mains, pod }: PodModel): Readonly<Record<string, AppBehaviour>> {
  const shared = new Set((pod.spec.volumes ?? []).filter((it) => it.emptyDir).map((it) => it.name));
  const into = ({ container }: PodContainer, after: number) =>
    Object.fromEntries(
      (container.volumeMounts ?? [])
        .filter((it) => shared.has(it.name) && it.readOnly !== true)
        .map((it) => [it.name, after]),
    );
  const before = startOrder.map((it) => {
    const run = it.role === 'init' ? { runFor: 1 } : {};
    return [it.name, { ...run, createsFiles: into(it, 0) }] as const;
  });
  return Object.fromEntries([
    ...before,
    ...mains.map((it) => [it.name, { createsFiles: into(it, WRITES_AFTER) }] as const),
  ]);
}

/** A log is followed, however late it begins. */
const LOGS = /(?:^|-)logs?(?:-|$)/;

interface Mount {
  readonly path: string;
  readonly readOnly: boolean;
  readonly at: Citable;
}

function mountOf({ at }: PodContainer, volume: string): Mount | undefined {
  for (const [{ name, mountPath, readOnly = false }, place] of each(at.volumeMounts)) {
    if (name === volume) return { path: mountPath, readOnly, at: place.name };
  }
  return undefined;
}

function raceOver(volume: string, model: PodModel) {
  const producer = model.mains.find((it) => mountOf(it, volume)?.readOnly === false);
  const consumer = model.mains.find((it) => mountOf(it, volume)?.readOnly === true);
  const mount = consumer && mountOf(consumer, volume);
  if (!producer || !mount) return undefined;
  const { command = [], args = [] } = consumer.container;
  const named = [...command, ...args].some((it) => it.includes(mount.path));
  return {
    at: mount.at,
    message: `${consumer.name} reads ${mount.path}, which ${producer.name} writes: both start together, so it may find nothing there${named ? ', and its command names a path in it' : ''}`,
    certainty: 'assumed' as const,
    restsOn: `that ${consumer.name} reads it at its start`,
    ...(named ? { severity: 'warning' as const } : {}),
    related: [{ message: 'writes it', at: producer.at.name }],
    witness: [
      {
        at: 0,
        text: `${consumer.name} starts and reads ${mount.path}: empty`,
        moment: `config:files:${consumer.name}:${JSON.stringify(mount.path)}:{}`,
      },
      {
        at: WRITES_AFTER,
        text: `${producer.name}, which started with it, has written`,
        moment: `config:written:${producer.name}`,
      },
    ],
  };
}
