/** An image tag that means another image tomorrow. */
import { parseImageName } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { allContainers, podsText } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

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
    by: 'nothing',
    because:
      'what a registry answers for a tag, and when somebody moves it, is not in any manifest',
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
      yield { at: at.image, ...finding };
    }
  },
});

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
    };
  }
  const kept = policy === 'Never' ? 'never pulls it' : 'pulls it once';
  return {
    ...assumed,
    severity: tag === 'latest' && policy === 'IfNotPresent' ? 'warning' : 'information',
    message: `imagePullPolicy ${policy}: a node ${kept} and keeps its ${tag}, so which version ${name} runs depends on the node`,
    witness: [
      { at: 0, text: `node 1 pulls ${image}` },
      { at: 3600, text: `another image is pushed as ${tag}` },
      { at: 7200, text: 'a second pod: the old image on node 1, the new one on node 2' },
    ],
  };
}
