/** A later container whose image is pulled while the first one runs unseen. */
import { formatSeconds } from '../../explanation/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { isLongRunning } from '../facts/workloads.ts';

export default defineRaceRule({
  id: 'sibling-pull-blocks-probes',
  severity: 'information',
  basis: 'source',
  summary: 'While the image of a later container is pulled, the first one runs without being seen.',
  why: `
    The kubelet pulls and starts the main containers one after the other, in one step. Until the step
    ends the first container is reported as waiting: it is not probed, not Ready, and not restarted when
    it exits.
  `,
  remedy: 'Write the container with the slow image first, or see that nodes have the image before.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model, workload } = story;
      const { 'p.pull': pull, 'p.pullqueue': queue } = model.profile.parameters;
      const images = model.mains.map((it) => it.container.image);
      const life = story.live({
        others: [{ name: 'other', after: 0, image: 'registry.example/large:1' }],
        images: {
          'registry.example/large:1': { present: false, pull: queue.seconds.latest },
          // The node has an older image of each name.
          ...Object.fromEntries(
            images.map((it) => [it, { present: true, pull: pull.seconds.latest }]),
          ),
        },
      });
      // Else a container is seen at the relist after its start.
      const unseen = (name: string) =>
        life.at(`status:state:${name}:running`) - life.at(`cri:StartContainer:${name}`);
      return workload.services.length > 0 && model.mains.some((it) => unseen(it.name) > 2);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
        #           ^^^ related: held back
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /, port: 8080 } }
            - name: metrics
        #           ^^^^^^^ app runs, and is neither probed nor Ready while the image of metrics is pulled (imagePullPolicy Always): up to 50s
              image: registry.example/metrics:1
              imagePullPolicy: Always
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
      `,
    ],
    safe: [
      // The image may be there already.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /, port: 8080 } }
            - name: metrics
              image: registry.example/metrics:1
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
      `,
      // What is pulled first holds nobody back.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: metrics
              image: registry.example/metrics:1
              imagePullPolicy: Always
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /, port: 8080 } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
      `,
    ],
  },

  *find(workload) {
    const { model, services } = workload;
    if (!model || services.length === 0 || !isLongRunning(workload)) return;
    const { 'p.pull': pull, 'p.pullqueue': queue } = model.profile.parameters;
    const latest = pull.seconds.latest + queue.seconds.latest;
    const asked = Math.max(queue.seconds.latest, STARTS_AFTER);
    const images = new Set<string | undefined>();
    for (const [index, container] of model.mains.entries()) {
      const { image, imagePullPolicy } = container.container;
      const pulled = imagePullPolicy === 'Always' && !images.has(image);
      images.add(image);
      const first = model.mains.slice(0, index).find((it) => it.serves);
      if (!pulled || !first) continue;
      yield {
        at: container.at.name,
        message: `${first.name} runs, and is neither probed nor Ready while the image of ${container.name} is pulled (imagePullPolicy Always): up to ${formatSeconds(latest)}`,
        certainty: 'assumed',
        restsOn: `how long pulls take in the ${model.profile.name} profile`,
        related: [{ message: 'held back', at: first.at.name }],
        witness: [
          {
            at: 0,
            text: 'the node begins to pull an image for another pod',
            moment: 'cri:PullImage:other/',
          },
          {
            at: STARTS_AFTER,
            text: `the process of ${first.name} starts`,
            moment: `cri:StartContainer:${first.name}`,
          },
          {
            at: asked,
            text: `that pull is over: the image of ${container.name} is pulled`,
            moment: `cri:PullImage::${image ?? ''}`,
          },
          {
            at: asked + pull.seconds.latest,
            text: `both are seen running; ${first.name} is probed for the first time`,
            moment: `status:state:${first.name}:running`,
          },
        ],
      };
      return;
    }
  },
});

/** The kubelet looks every 0.3 s whether the volumes of a new pod are there. */
const STARTS_AFTER = 0.3;
