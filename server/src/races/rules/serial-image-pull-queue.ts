/** Images that are asked for at every start, one after the other on each node. */
import { formatSeconds } from '../../explanation/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { isLongRunning, podsText } from '../facts/workloads.ts';

export default defineRaceRule({
  id: 'serial-image-pull-queue',
  severity: 'information',
  basis: 'source',
  summary:
    'Pods that ask the registry at every start wait behind the pulls of others on their node.',
  why: `
    By default a kubelet pulls one image at a time, and with imagePullPolicy Always each start is a
    request to the registry even where the image is there. A large image of another pod, or a registry
    that is slow, holds up every start on the node.
  `,
  remedy: 'Name the image by digest or by a tag that does not move, with IfNotPresent.',
  upstream: [{ path: 'pkg/kubelet/images/puller.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { workload, model } = story;
      const { 'p.pullqueue': queue } = model.profile.parameters;
      const count = workload.kind === 'DaemonSet' ? MANY : Math.min(workload.replicas, MANY);
      const pods = Array.from({ length: count - 1 }, (_, i) => node(i + 2));
      const last = node(MANY);
      const life = story.live({
        others: [
          { name: 'other', after: 0, node: last, image: 'registry.example/large:1' },
          ...pods.map((name) => ({ name, after: 0, node: name })),
        ],
        images: {
          'registry.example/large:1': { present: false, pull: queue.seconds.latest },
          // What is asked of the registry is answered within a second.
          ...Object.fromEntries(
            model.mains.map(({ container }) => [container.image, { present: true, check: 1 }]),
          ),
        },
        until: queue.seconds.latest + 5,
      });
      return model.mains.some(({ name }) => {
        const onBusyNode = life.at(`cri:StartContainer:${last}/${name}`);
        return onBusyNode > life.at(`cri:StartContainer:${name}`) + 1;
      });
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 20
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
        #                ^^^^^^^^^^^^^^^^^^^^^^ each of the 20 pods asks the registry for app when it starts, and waits up to 20s for other pulls of its node
                  imagePullPolicy: Always
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 20
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
      `,
      // Of so few none starts on the one node in ten that is pulling.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 9
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  imagePullPolicy: Always
      `,
    ],
  },

  *find(workload) {
    const { model, replicas, kind } = workload;
    if (!model || !isLongRunning(workload)) return;
    if (replicas < MANY && kind !== 'DaemonSet') return;
    const { 'p.pullqueue': queue } = model.profile.parameters;
    const container = model.mains.find((it) => it.container.imagePullPolicy === 'Always');
    if (!container || queue.seconds.latest === 0) return;
    const written = container.container.image?.includes('@') === true;
    yield {
      at: container.at.image,
      message: `each of ${podsText(workload)} asks the registry for ${container.name} when it starts${written ? ', though a digest never changes' : ''}, and waits up to ${formatSeconds(queue.seconds.latest)} for other pulls of its node`,
      certainty: 'assumed',
      restsOn: `the ${model.profile.name} profile, and that nodes pull one image at a time`,
      witness: [
        {
          at: 0,
          text: `a node pulls an image for another pod: ${formatSeconds(queue.seconds.latest)}`,
          moment: 'cri:PullImage:other/',
        },
        {
          at: 0.3,
          text: `one of ${podsText(workload)} has landed there and needs the image of ${container.name}`,
          moment: `event:Pulling:${node(MANY)}/${container.name}`,
        },
        {
          at: queue.seconds.latest,
          text: `that pull is over: now the registry is asked for ${container.name}`,
          moment: `cri:PullImage:${node(MANY)}/`,
        },
      ],
    };
  },
});

/** One node in so many pulls at a time: with as many pods, one of them starts there. */
const MANY = 10;

function node(number: number): string {
  return `node-${number}`;
}
