/** A postStart hook that talks to the app it is started beside. */
import type { PodContainer } from '../../lifecycle/index.ts';
import { each, type Citable, type Pod } from '../../manifest/index.ts';
import { HOOK_CALL_SECONDS, hookCall, listening } from '../facts/connections.ts';
import { askedAtStartup } from '../facts/moves.ts';
import { withHook } from '../facts/replays.ts';
import { contactsIn, expanded } from '../facts/waits.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'poststart-vs-entrypoint',
  severity: 'warning',
  basis: 'source',
  summary:
    'A postStart hook calls the app, which may not listen yet; then the container is killed.',
  why: `
    The kubelet runs postStart right after the process has started, beside it. A hook that connects to
    the app comes first as often as not. When it fails, the container is killed with its grace period
    and restarted with back-off, and the hook runs as early again.
  `,
  remedy:
    'Let the app do at its start what the hook does, or let the hook try again for a bounded time.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'pkg/kubelet/lifecycle/handlers.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { model } = story;
      const hooked = lastingContainers(model);
      const sockets = listening(model, (it) => it.app.listenSeconds.value.latest);
      const apps = Object.fromEntries(
        hooked.map((it) => {
          const port = `${callOfApp(it)?.port ?? 1}/TCP`;
          return [it.name, { ...sockets[it.name], http: null, listens: [port] }];
        }),
      );
      const change = (pod: Pod) =>
        hooked.reduce((changed, it) => {
          const call = hookCall(it, 'postStart', model);
          return call ? withHook([it], 'postStart', call.command)(changed) : changed;
        }, pod);
      const life = story.live({ apps, change, until: 60 });
      return hooked.some((it) => life.has(`event:FailedPostStartHook:${it.name}`));
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
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
              lifecycle: { postStart: { httpGet: { path: /warmup, port: 8080 } } }
        #                                                               ^^^^ the hook asks port 8080 while app starts: refused when it comes first, and app is killed for it (FailedPostStartHook)
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                postStart: { exec: { command: [curl, -f, 'http://localhost:8080/register'] } }
        #                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the hook asks localhost:8080 while app starts: refused when it comes first, and app is killed for it (FailedPostStartHook)
      `,
    ],
    safe: [
      // It tries again, and what comes of it does not count.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                postStart:
                  exec:
                    command: [sh, -c, curl --retry 10 --retry-connrefused http://localhost:8080/ || true]
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { postStart: { exec: { command: [touch, /tmp/started] } } }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const container of lastingContainers(model)) {
      const call = callOfApp(container);
      if (!call || container.app.listenSeconds.value.latest <= 0) continue;
      // The kubelet's own call comes at once.
      const asks = container.postStart.kind === 'exec' ? HOOK_CALL_SECONDS : 0;
      yield {
        at: call.at,
        message: `the hook asks ${call.what} while ${container.name} starts: refused when it comes first, and ${container.name} is killed for it (FailedPostStartHook)`,
        certainty: 'assumed',
        restsOn: `that ${container.name} takes longer to listen than the hook to connect`,
        witness: [
          {
            at: 0,
            text: `the process of ${container.name} starts, and its hook`,
            moment: `cri:StartContainer:${container.name}`,
          },
          {
            at: asks,
            text: `the hook asks ${call.what}: refused`,
            moment: `event:FailedPostStartHook:${container.name}`,
          },
          {
            at: asks,
            text: `${container.name} is killed, and restarted with back-off`,
            moment: `event:Killing:${container.name}`,
          },
        ],
        cause: `poststart:${container.name}`,
        fixes: askedAtStartup(container),
      };
    }
  },
});

/** A call of the hook to its own container that nothing tries again. */
function callOfApp({
  container,
  at,
}: PodContainer):
  { readonly at: Citable; readonly what: string; readonly port: number | string } | undefined {
  const { httpGet, exec } = container.lifecycle?.postStart ?? {};
  const { postStart } = at.lifecycle;
  if (httpGet && !httpGet.host) {
    return { at: postStart.httpGet.port, what: `port ${httpGet.port}`, port: httpGet.port };
  }
  const words = [...each(postStart.exec.command)];
  const text = expanded((exec?.command ?? []).join(' '), container);
  if (/--retry|\|\||\b(?:until|while|for|sleep|wait\S*|timeout)\b|&\s*$/.test(text))
    return undefined;
  const contact = contactsIn(text).find((it) => /^(localhost|127\.)/.test(it.host));
  const place = contact && words.find(([it]) => it.includes(contact.host))?.[1];
  const port = contact?.port ?? 80;
  return place && { at: place, what: `${contact.host}:${port}`, port };
}
