/** An init container that waits for a Service which only its own pods stand behind. */
import { isHeadless, serviceSelects } from '../../endpoints/index.ts';
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import type { Service } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { ownersBehind, waitsForReady } from '../facts/dependencies.ts';
import { neverServes, STILL_SECONDS } from '../facts/first-install.ts';
import { serviceOfHost } from '../facts/service-names.ts';
import { waitsOf, type Wait } from '../facts/waits.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'init-waits-own-service',
  severity: 'error',
  basis: 'source',
  summary: 'An init container waits for a Service that only its own pod could answer.',
  why: `
    A pod is an endpoint once it is Ready, it is Ready after its main containers run, and they start
    when all init containers are done. Where an init container waits for the Service of its own pods,
    each waits for the other. An update passes while old pods still answer, so it shows at the first
    install or after everything has stopped.
  `,
  remedy: 'Take the wait out; let the app try again, and use a startupProbe for a slow start.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'staging/src/k8s.io/endpointslice/utils.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => neverServes(story),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              initContainers:
                - name: wait
                  image: busybox:1.36
                  command: [sh, -c, until nc -z web 80; do sleep 1; done]
        #                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ wait waits for web, which has no endpoint before a pod of Deployment web is Ready, and none gets past this: a first install never comes up, an update only while old pods answer
              containers:
                - name: app
                  image: registry.example/web:1
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // The address is published, but nobody listens there yet.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          initContainers:
            - name: wait
              image: busybox:1.36
              command: [sh, -c, until nc -z web 80; do sleep 1; done]
        #                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ wait waits for web, which has nobody that listens before a pod of Pod web has started its main containers, and none gets past this: a first install never comes up, an update only while old pods answer
          containers:
            - name: app
              image: registry.example/web:1
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          publishNotReadyAddresses: true
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
    safe: [
      // The database is somebody else's.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              initContainers:
                - name: wait
                  image: busybox:1.36
                  command: [sh, -c, until nc -z db 5432; do sleep 1; done]
              containers:
                - name: app
                  image: registry.example/web:1
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // The wait ends by itself.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          initContainers:
            - name: wait
              image: busybox:1.36
              command: [sh, -c, timeout 10 sh -c 'until nc -z web 80; do sleep 1; done' || true]
          containers:
            - name: app
              image: registry.example/web:1
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // The name of a Service with a cluster IP is there without endpoints.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          initContainers:
            - name: wait
              image: busybox:1.36
              command: [sh, -c, until nslookup web; do sleep 1; done]
          containers:
            - name: app
              image: registry.example/web:1
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
  },

  *find(workload, prediction) {
    const { model } = workload;
    if (!model) return;
    for (const init of model.startOrder) {
      // A sidecar holds the others back only until its startup probe has passed.
      if (init.role === 'sidecar' && !init.container.startupProbe) continue;
      for (const wait of waitsOf(init)) {
        const service = serviceOfHost(wait.host, workload.namespace, model.snapshot);
        if (!service || !serviceSelects(service, model.pod)) continue;
        // To find the name is enough for some; to connect takes somebody who listens.
        if (wait.dnsOnly && !waitsForReady(wait, service)) continue;
        const owners = ownersBehind(service, prediction);
        if (owners.some((it) => it.subject !== workload.subject)) continue;
        yield findingOf(init, wait, service, workload, model);
        break;
      }
    }
  },
});

function findingOf(
  init: PodContainer,
  wait: Wait,
  service: Service,
  { kind, name, prediction }: WorkloadPrediction,
  model: PodModel,
): RaceFinding {
  const published = service.spec.publishNotReadyAddresses === true;
  const lacks = isHeadless(service) ? 'has no address' : 'has no endpoint';
  const what = published ? 'has nobody that listens' : lacks;
  const until = published ? 'has started its main containers' : 'is Ready';
  const whose = `${name}/${init.name}`;
  const asked = `app:call:${whose}:"answered":false`;
  const open = prediction.config.world === 'open';
  const list = model.at.spec.initContainers;
  return {
    at: wait.at,
    message: `${init.name} waits for ${wait.host}, which ${what} before a pod of ${kind} ${name} ${until}, and none gets past this: a first install never comes up, an update only while old pods answer`,
    ...(open
      ? { certainty: 'assumed' as const, restsOn: `that no other pods are behind ${wait.host}` }
      : {}),
    witness: [
      { at: 0, text: `${init.name} starts`, moment: `cri:StartContainer:${whose}` },
      {
        at: 0,
        text: `it asks ${wait.host}: Service ${service.metadata.name} ${what}, all its pods are in Init`,
        moment: asked,
      },
      {
        at: STILL_SECONDS,
        text: `${init.name} still asks in vain; no main container has started`,
        moment: asked,
      },
    ],
    fixes: [
      {
        title: `Remove the init container ${init.name}`,
        changes: [{ at: model.startOrder.length === 1 ? list : init.at, value: undefined }],
      },
    ],
    cause: `own-service:${init.name}`,
  };
}
