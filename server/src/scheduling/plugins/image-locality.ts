/** Prefers nodes that already have the pod's images, the more so the larger the images are. */
import { containersOf } from '../../cluster/index.ts';
import type { Pod } from '../../manifest/index.ts';
import type { ImageOnNodes } from '../node-table.ts';
import { divide, MAX_NODE_SCORE, type PreScorePlugin, type ScorePlugin } from '../framework.ts';

const MEBIBYTE = 1024 * 1024;
const MIN_THRESHOLD = 23 * MEBIBYTE;
const MAX_CONTAINER_THRESHOLD = 1000 * MEBIBYTE;

interface ImageState {
  readonly images: readonly ImageOnNodes[];
  readonly maxThreshold: number;
  readonly nodeCount: number;
}

export const imageLocality = {
  name: 'ImageLocality',
  upstream: { path: 'pkg/scheduler/framework/plugins/imagelocality/image_locality.go' },

  preScore({ pod }, _feasible, { table }) {
    const containers = [...(pod.spec.initContainers ?? []), ...containersOf(pod)];
    const names = [...containers.map((it) => it.image ?? ''), ...imageVolumesOf(pod)];
    const found = names.map((it) => table.image(normalizedImageName(it)));
    return {
      state: {
        images: found.filter((it) => it !== undefined),
        // Images that are mounted add to the sum, not to what it is measured by.
        maxThreshold: MAX_CONTAINER_THRESHOLD * containers.length,
        nodeCount: table.facts.length,
      },
    };
  },

  score(_, { index }, { images, maxThreshold, nodeCount }) {
    let sum = 0;
    for (const { size, nodes } of images) {
      // The more nodes have the image, the more it counts: else one node would draw all pods.
      if (nodes.has(index)) sum += Math.trunc(size * (nodes.size / nodeCount));
    }
    const bounded = Math.min(maxThreshold, Math.max(MIN_THRESHOLD, sum));
    return divide(MAX_NODE_SCORE * (bounded - MIN_THRESHOLD), maxThreshold - MIN_THRESHOLD);
  },
} satisfies PreScorePlugin<ImageState> & ScorePlugin<ImageState>;

function imageVolumesOf({ spec }: Pod): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ image }) => (image?.reference ? [image.reference] : []));
}

/** The image's name with the tag that is meant where none is written. */
function normalizedImageName(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}
