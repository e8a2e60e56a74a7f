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
      // A few pods are soon up.
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
    };
  },
});

/** So many pods that some start on a node which is pulling. */
const MANY = 10;
