/** Files in memory that may take all that a container's limit leaves. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { each, field, unitsOf } from '../../manifest/index.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding, type WitnessStep } from '../race-rule.ts';

const MI = 1024 * 1024;
/** Even a small server needs so much besides its files. */
const HEAP_BYTES = 8 * MI;
/** How fast the app of the witness writes, in bytes per second. */
const WRITTEN_BYTES = 10 * MI;

export default defineRaceRule({
  id: 'emptydir-memory-oom',
  severity: 'warning',
  basis: 'source',
  summary:
    'Files of an emptyDir in memory count against the limit of the container that writes them.',
  why: `
    An emptyDir with medium Memory is a tmpfs. What is written to it is memory of the writer, and the
    kernel kills the container when files and heap together reach the limit. The files outlive the
    container, so the next one begins with less room.
  `,
  remedy: 'Set a sizeLimit that leaves the heap its room, or raise the memory limit.',
  upstream: [{ path: 'pkg/volume/emptydir/empty_dir.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model } = story;
      const inMemory = (model.pod.spec.volumes ?? []).filter(
        (it) => it.emptyDir?.medium === 'Memory',
      );
      const files = inMemory.map(({ name }) => [name, { perSecond: WRITTEN_BYTES }]);
      const app = {
        memory: { processes: [{ start: HEAP_BYTES }] },
        writes: Object.fromEntries(files),
      };
      const life = story.live({
        apps: Object.fromEntries(lastingContainers(model).map(({ name }) => [name, app])),
      });
      return lastingContainers(model).some(({ name }) => life.has(`app:exit:${name}:oom`));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: cache }
        spec:
          containers:
            - name: app
              image: registry.example/cache:1
              resources: { limits: { memory: 512Mi } }
        #                  ^^^^^^ related: the memory limit of the writer
              volumeMounts: [{ name: files, mountPath: /cache }]
          volumes:
            - name: files
              emptyDir: { medium: Memory, sizeLimit: 512Mi }
        #                                            ^^^^^ 512Mi of files and the heap of app together are more than its limit of 512Mi: it is killed before the files reach their own limit, and the files are still there when it starts again
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: cache }
        spec:
          containers:
            - name: app
              image: registry.example/cache:1
              resources: { limits: { memory: 512Mi } }
        #                  ^^^^^^ related: the memory limit of the writer
              volumeMounts: [{ name: files, mountPath: /cache }]
          volumes:
            - name: files
              emptyDir: { medium: Memory }
        #                         ^^^^^^ only the 512Mi of memory of app limits these files: once they and its heap reach it, it is killed, and the files are still there when it starts again
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: cache }
        spec:
          containers:
            - name: app
              image: registry.example/cache:1
              resources: { limits: { memory: 512Mi } }
              volumeMounts: [{ name: files, mountPath: /cache }]
          volumes:
            - name: files
              emptyDir: { medium: Memory, sizeLimit: 504Mi }
      `,
      // It only reads them.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: cache }
        spec:
          containers:
            - name: app
              image: registry.example/cache:1
              resources: { limits: { memory: 512Mi } }
              volumeMounts: [{ name: files, mountPath: /cache, readOnly: true }]
          volumes:
            - name: files
              emptyDir: { medium: Memory, sizeLimit: 512Mi }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const [volume, at] of each(field(model.pod).spec.volumes)) {
      if (volume.emptyDir?.medium !== 'Memory') continue;
      const writer = smallestWriter(model, volume.name);
      if (!writer) continue;
      const found = oom(writer, volume.emptyDir.sizeLimit);
      if (!found) continue;
      const limit = limitOf(writer);
      yield {
        at: found.sized ? at.emptyDir.sizeLimit : at.emptyDir.medium,
        ...found.finding,
        related: [{ message: 'the memory limit of the writer', at: writer.at.resources.limits }],
        fixes: [
          {
            title: 'Limit the files to half of the memory',
            changes: [{ at: at.emptyDir.sizeLimit, value: `${Math.floor(limit / 2 / MI) || 1}Mi` }],
          },
        ],
      };
    }
  },
});

function limitOf({ container }: PodContainer): number {
  return unitsOf(container.resources?.limits?.['memory']);
}

/** Of the containers that may write to the volume the one with the least memory. */
function smallestWriter(model: PodModel, volume: string): PodContainer | undefined {
  return lastingContainers(model)
    .filter(
      (it) =>
        limitOf(it) > 0 &&
        (it.container.volumeMounts ?? []).some((m) => m.name === volume && !m.readOnly),
    )
    .toSorted((a, b) => limitOf(a) - limitOf(b))[0];
}

function oom(
  writer: PodContainer,
  sizeLimit: string | number | undefined,
): { readonly sized: boolean; readonly finding: Omit<RaceFinding, 'at'> } | undefined {
  const { name, container } = writer;
  const limit = String(container.resources?.limits?.['memory']);
  const common = {
    certainty: 'assumed' as const,
    restsOn: 'how much is written to it, and a heap of at least 8Mi',
    witness: witness(writer),
  };
  if (sizeLimit === undefined || unitsOf(sizeLimit) === 0) {
    const message = `only the ${limit} of memory of ${name} limits these files: once they and its heap reach it, it is killed, and the files are still there when it starts again`;
    return { sized: false, finding: { ...common, message, severity: 'information' } };
  }
  if (unitsOf(sizeLimit) + HEAP_BYTES <= limitOf(writer)) return undefined;
  const message = `${sizeLimit} of files and the heap of ${name} together are more than its limit of ${limit}: it is killed before the files reach their own limit, and the files are still there when it starts again`;
  return { sized: true, finding: { ...common, message } };
}

function witness(writer: PodContainer): readonly WitnessStep[] {
  const { name } = writer;
  return [
    {
      at: 0,
      text: `${name} starts, needs 8Mi of memory and writes 10Mi of files each second`,
      moment: `cri:StartContainer:${name}`,
    },
    {
      at: Math.max(0, limitOf(writer) - HEAP_BYTES) / WRITTEN_BYTES,
      text: `files and heap pass the limit: ${name} is killed (exit code 137, OOMKilled)`,
      moment: `app:exit:${name}:oom`,
    },
  ];
}
