/** A service account token that the app may go on using after it has expired. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodModel } from '../../lifecycle/index.ts';
import { each, type Citable } from '../../manifest/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { objectsRead } from '../facts/config-replays.ts';
import { isLongRunning, lastingContainers } from '../facts/workloads.ts';

export default defineRaceRule({
  id: 'sa-token-cached',
  severity: 'information',
  basis: 'source',
  summary: 'A token is read once and expires while the app runs.',
  why: `
    The kubelet replaces the file of a projected token after 80 % of its lifetime, or a day. An app that
    keeps what it read at its start is refused once that has expired. Tokens for the API server itself
    are accepted longer; those for another audience are not. A token mounted by subPath is never
    replaced at all.
  `,
  remedy:
    'Mount the directory, and read the file anew for each use, as current client libraries do.',
  upstream: [
    { path: 'pkg/kubelet/token/token_manager.go' },
    { path: 'pkg/volume/projected/projected.go' },
  ],
  replay: {
    by: 'configuration',
    lost(story) {
      const { workload, model } = story;
      const until = Math.max(0, ...[...tokensOf(model)].map((it) => it.seconds)) + 60;
      const { trace } = story.configured({ objects: objectsRead(workload), until });
      // In the file, or in the memory of an app that read it when it started.
      return trace.has('config:expired');
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
              volumeMounts:
                - { name: token, mountPath: /var/run/vault-token, subPath: token }
        #                                                                  ^^^^^ app has its token by subPath, so it is never replaced: it expires 2h after the start, and is refused from then on
          volumes:
            - name: token
              projected:
                sources:
                  - serviceAccountToken: { path: token, audience: vault, expirationSeconds: 7200 }
        #                                                                                   ^^^^ related: the token
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              volumeMounts: [{ name: token, mountPath: /var/run/vault }]
          volumes:
            - name: token
              projected:
                sources:
                  - serviceAccountToken: { path: token, audience: vault, expirationSeconds: 3600 }
        #                                                                                   ^^^^ the token for vault lives 1h and is replaced after 48m: an app that keeps the first one is refused after 1h
      `,
    ],
    safe: [
      // It is over before the first token expires.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          activeDeadlineSeconds: 3500
          containers:
            - name: app
              image: registry.example/web:1
              volumeMounts: [{ name: token, mountPath: /var/run/vault }]
          volumes:
            - name: token
              projected:
                sources:
                  - serviceAccountToken: { path: token, audience: vault, expirationSeconds: 3600 }
      `,
      // The account's own token is accepted far longer.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          serviceAccountName: default
          containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model || !isLongRunning(workload)) return;
    for (const { volume, path, seconds, audience, at } of tokensOf(model)) {
      // What asks as the admission plugin does is accepted for a year.
      if (audience === undefined && seconds === 3607) continue;
      if ((model.pod.spec.activeDeadlineSeconds ?? Infinity) < seconds) continue;
      const mounted = subPathOf(volume, path, model);
      if (mounted) {
        yield {
          at: mounted.at,
          severity: 'error',
          message: `${mounted.name} has its token by subPath, so it is never replaced: it expires ${formatSeconds(seconds)} after the start, and is refused from then on`,
          related: [{ message: 'the token', at }],
          witness: [
            {
              at: 0,
              text: `the kubelet fetches a token; ${mounted.name} starts with it`,
              moment: `config:token:${volume}`,
            },
            {
              at: seconds,
              text: 'it has expired; the kubelet has written a new one, and the mounted file is still the old one',
              moment: `config:expired:${mounted.name}:"in":"file"`,
            },
          ],
        };
      } else if (audience !== undefined && seconds <= SHORT_SECONDS) {
        yield {
          at,
          severity: 'warning',
          message: `the token for ${audience} lives ${formatSeconds(seconds)} and is replaced after ${formatSeconds(seconds * 0.8)}: an app that keeps the first one is refused after ${formatSeconds(seconds)}`,
          certainty: 'assumed',
          restsOn: 'that the app may read the file only once',
          witness: [
            {
              at: 0,
              text: 'the kubelet fetches a token; the app reads it when it starts',
              moment: `config:token:${volume}`,
            },
            {
              at: seconds,
              text: 'it has expired: the file has a new one, the app does not',
              moment: 'config:expired::"in":"memory"',
            },
          ],
        };
      }
    }
  },
});

const SHORT_SECONDS = 3600;

interface Token {
  readonly volume: string;
  readonly path: string;
  readonly seconds: number;
  readonly audience: string | undefined;
  readonly at: Citable;
}

/** The tokens that the manifest itself asks for; what admission adds is the account's own. */
function* tokensOf({ at }: PodModel): Generator<Token> {
  for (const [{ name }, volume] of each(at.spec.volumes)) {
    if (name.startsWith('kube-api-access-')) continue;
    for (const [{ serviceAccountToken: token }, place] of each(volume.projected.sources)) {
      if (!token) continue;
      const { path, audience, expirationSeconds: seconds = 3600 } = token;
      const where = place.serviceAccountToken;
      yield {
        volume: name,
        path,
        seconds,
        audience,
        at: token.expirationSeconds === undefined ? where.path : where.expirationSeconds,
      };
    }
  }
}

function subPathOf(volume: string, path: string, model: PodModel) {
  for (const { name, at } of lastingContainers(model)) {
    for (const [mount, place] of each(at.volumeMounts)) {
      if (mount.name === volume && mount.subPath === path) return { name, at: place.subPath };
    }
  }
  return undefined;
}
