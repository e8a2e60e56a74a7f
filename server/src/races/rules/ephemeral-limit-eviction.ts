/** A limit on the disk that logs alone can break. */
import { unitsOf } from '../../manifest/index.ts';
import { kubeletFacts } from '../facts/kubelet-config.ts';
import { lasting, signalled } from '../facts/replays.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const MI = 1024 * 1024;
/** The kubelet's defaults: of each container it keeps so many log files, each of this size. */
const LOG_FILES = 5;
const LOG_FILE_BYTES = 10 * MI;

const TAKEN_OUT = {
  at: 2,
  text: 'only now the pod has failed and is taken out of the endpoints',
  moment: 'endpoints:endpoint-removed',
};

export default defineRaceRule({
  id: 'ephemeral-limit-eviction',
  severity: 'warning',
  basis: 'source',
  summary:
    'The logs of the container may exceed its limit on ephemeral storage, which evicts the pod.',
  why: `
    Logs, the writable layer and emptyDirs on disk count as ephemeral storage. The kubelet looks every
    10 seconds, and evicts a pod that is over a limit with a grace period of 1 second (2 in effect): the
    app is killed while clients are still sent to it.
  `,
  remedy: 'Raise the limit above what logs may take (50Mi by default) and what the app writes.',
  upstream: [
    { path: 'pkg/kubelet/eviction/eviction_manager.go' },
    { path: 'pkg/kubelet/apis/config/v1beta1/defaults.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model, workload, prediction } = story;
      const app = { writes: { logs: { perSecond: 2 * MI } }, logsCompressTo: 0.1 };
      const slow = lasting(story, 5);
      const life = story.live({
        kubelet: kubeletFacts(prediction)?.options,
        apps: Object.fromEntries(
          lastingContainers(model).map(({ name }) => [name, { ...slow[name], ...app }]),
        ),
      });
      const removed = life.at('endpoints:endpoint-removed');
      const isServed = life.has('endpoints:endpoint::"ready":true');
      return lastingContainers(model).some(({ name }) => {
        const killed = signalled(life, name, 'SIGKILL');
        const isUsed = isServed ? !(removed <= killed) : workload.kind === 'StatefulSet';
        return life.has('event:Evicted') && !Number.isNaN(killed) && isUsed;
      });
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
              image: registry.example/web:1
              resources: { limits: { ephemeral-storage: 20Mi } }
        #                                               ^^^^ the logs of app alone may grow to 50Mi before they are rotated away, and with more than 20Mi the pod is evicted: killed after 2s, with clients still sent to it
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              resources: { limits: { ephemeral-storage: 50Mi } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // The kubelets keep no more of its logs.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              resources: { limits: { ephemeral-storage: 45Mi } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        data:
          kubelet: |
            containerLogMaxSize: 10Mi
            containerLogMaxFiles: 4
      `,
      // Nobody is sent to it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: worker }
        spec:
          containers:
            - name: app
              image: registry.example/worker:1
              resources: { limits: { ephemeral-storage: 20Mi } }
      `,
    ],
  },

  *find({ model, services, kind }, prediction) {
    if (!model || (services.length === 0 && kind !== 'StatefulSet')) return;
    for (const { name, container, at } of lastingContainers(model)) {
      const limit = container.resources?.limits?.['ephemeral-storage'];
      if (limit === undefined) continue;
      const {
        containerLogMaxFiles: files = LOG_FILES,
        containerLogMaxSize: size = LOG_FILE_BYTES,
      } = kubeletFacts(prediction)?.options ?? {};
      if (unitsOf(limit) >= files * size) continue;
      const roomy = files * size < 1024 * MI ? '1Gi' : `${2 * Math.ceil((files * size) / MI)}Mi`;
      const logs = `${Math.floor((files * size) / MI)}Mi`;
      const place = at.resources.limits as unknown as Record<string, typeof at.name>;
      const limitAt = place['ephemeral-storage'] ?? at.name;
      yield {
        at: limitAt,
        message: `the logs of ${name} alone may grow to ${logs} before they are rotated away, and with more than ${limit} the pod is evicted: killed after 2s, with clients still sent to it`,
        certainty: 'assumed',
        restsOn: `kubelets that keep ${files} log files of ${Math.floor(size / MI)}Mi, and an app that logs 2Mi each second`,
        witness: [
          {
            at: 0,
            text: `the kubelet, which looks every 10s, finds more than ${limit}: the pod is evicted`,
            moment: `cri:StopContainer:${name}`,
          },
          {
            at: 0,
            text: `SIGTERM to ${name}, which has requests to end for 5s`,
            moment: `app:signal:${name}:SIGTERM`,
          },
          { at: 2, text: `SIGKILL to ${name}`, moment: `app:signal:${name}:SIGKILL` },
          ...(services.length > 0 ? [TAKEN_OUT] : []),
        ],
        fixes: [{ title: `Allow ${roomy}`, changes: [{ at: limitAt, value: roomy }] }],
      };
    }
  },
});
