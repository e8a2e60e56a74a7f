/** An image tag that means another image tomorrow. */
import { parseImageName, type PodModel } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { allContainers, podsText } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding, type WitnessStep } from '../race-rule.ts';
import type { LifePlan } from '../replay.ts';

export default defineRaceRule({
  id: 'image-tag-drift',
  severity: 'warning',
  basis: 'source',
  summary: 'Pods of one template run different images, by the time or the node they start at.',
  why: `
    A tag such as latest is moved with every push. With IfNotPresent a node keeps what it pulled first,
    with Always each pod takes what the tag means when it starts. Either way replicas of one template
    can run different versions, and a restart can be an update.
  `,
  remedy: 'Name the version by a tag that is never moved, or by digest.',
  upstream: [{ path: 'pkg/kubelet/images/image_manager.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const others = [
        { name: SAME_NODE, after: REPLACED_AT },
        { name: OTHER_NODE, after: REPLACED_AT, node: OTHER_NODE },
      ];
      const registry = latestMoves(story.model);
      const life = story.live({ others, registry, until: REPLACED_AT + 5 });
      return allContainers(story.model).some(({ name }) => {
        const runs = (pod: string, digest: string) =>
          life.has(`cri:CreateContainer:${pod}/${name}:${digest}`);
        // The replicas that nobody replaced run what the first pod pulled.
        const besideOld = story.workload.replicas > 1 && runs(SAME_NODE, NEW);
        const byNode = runs(SAME_NODE, OLD) && runs(OTHER_NODE, NEW);
        return besideOld || byNode;
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
            - name: app
              image: registry.example/web:latest
        #            ^^^^^^^^^^^^^^^^^^^^^^^^^^^ imagePullPolicy IfNotPresent: a node pulls it once and keeps its latest, so which version app runs depends on the node
              imagePullPolicy: IfNotPresent
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web
        #                ^^^^^^^^^^^^^^^^^^^^ each of the 3 pods runs what latest means when app starts: a restart after a push is an update, of that pod alone
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
              image: registry.example/web:1.4.2
            - name: proxy
              image: registry.example/proxy:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      `,
      // One pod takes what there is at its start.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:latest
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model) return;
    const told = new Set<string>();
    for (const { container, at, name } of allContainers(model)) {
      const image = container.image ?? '';
      const finding = told.has(image)
        ? undefined
        : drift(image, container.imagePullPolicy ?? 'IfNotPresent', name, workload);
      if (!finding) continue;
      told.add(image);
      // Of several pods each takes what there is at its own start, which may differ as well.
      const pullsAnew = container.imagePullPolicy === 'IfNotPresent' && workload.replicas < 2;
      const title = `Pull ${image} at each start of ${name}`;
      const changes = [{ at: at.imagePullPolicy, value: 'Always' }];
      yield { at: at.image, ...finding, ...(pullsAnew ? { fixes: [{ title, changes }] } : {}) };
    }
  },
});

/** Another image is pushed as latest; a minute later pods are made anew, on two nodes. */
const PUSHED_AT = 60;
const REPLACED_AT = 120;
/** The kubelet looks every 0.3 s whether the volumes of a new pod are there. */
const STARTS_AFTER = 0.3;
const SAME_NODE = 'second';
const OTHER_NODE = 'third';
const OLD = 'sha256:01d';
const NEW = 'sha256:4e3';

/** What the registry has of a pod's images: each as written, and then latest means another. */
function latestMoves(model: PodModel): LifePlan['registry'] {
  const images = allContainers(model).map((it) => parseImageName(it.container.image ?? ''));
  const pushes = (tag: string) => [
    { at: 0, tags: [tag, 'latest'], digest: OLD },
    { at: PUSHED_AT, tags: ['latest'], digest: NEW },
  ];
  return Object.fromEntries(images.map(({ repository, tag }) => [repository, pushes(tag)]));
}

const MOVED = /^(?:latest|stable|main|master|edge|dev|develop|nightly|canary|head)$/i;

function drift(
  image: string,
  policy: string,
  name: string,
  workload: WorkloadPrediction,
): Omit<RaceFinding, 'at'> | undefined {
  if (image === '' || image.includes('@')) return undefined;
  const tag = parseImageName(image).tag || 'latest';
  if (!MOVED.test(tag)) return undefined;
  const assumed = {
    certainty: 'assumed' as const,
    restsOn: `that the tag ${tag} is moved`,
  };
  if (policy === 'Always') {
    if (workload.replicas < 2) return undefined;
    return {
      ...assumed,
      severity: 'information',
      message: `each of ${podsText(workload)} runs what ${tag} means when ${name} starts: a restart after a push is an update, of that pod alone`,
      witness: [
        ...pushed(image, tag, name),
        {
          at: REPLACED_AT + STARTS_AFTER,
          text: `one pod is made anew: it runs the new image beside the old ones`,
          moment: `cri:CreateContainer:${SAME_NODE}/${name}:${NEW}`,
        },
      ],
    };
  }
  const kept = policy === 'Never' ? 'never pulls it' : 'pulls it once';
  return {
    ...assumed,
    severity: tag === 'latest' && policy === 'IfNotPresent' ? 'warning' : 'information',
    message: `imagePullPolicy ${policy}: a node ${kept} and keeps its ${tag}, so which version ${name} runs depends on the node`,
    witness: policy === 'Never' ? [] : [...pushed(image, tag, name), ...replaced(name)],
  };
}

function pushed(image: string, tag: string, name: string): readonly WitnessStep[] {
  return [
    {
      at: STARTS_AFTER,
      text: `a node pulls ${image} for ${name}`,
      moment: `cri:PullImage::${OLD}`,
    },
    { at: PUSHED_AT, text: `another image is pushed as ${tag}`, moment: `registry:push::${tag}` },
  ];
}

function replaced(name: string): readonly WitnessStep[] {
  return [
    {
      at: REPLACED_AT + STARTS_AFTER,
      text: 'a second pod on this node: the old image',
      moment: `cri:CreateContainer:${SAME_NODE}/${name}:${OLD}`,
    },
    {
      at: REPLACED_AT + STARTS_AFTER,
      text: 'a third one on another node: the new image',
      moment: `cri:CreateContainer:${OTHER_NODE}/${name}:${NEW}`,
    },
  ];
}
