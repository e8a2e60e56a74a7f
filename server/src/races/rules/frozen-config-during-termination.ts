/** Tokens and Secrets are not refreshed once a pod is being deleted. */
import { formatSeconds } from '../../explanation/index.ts';
import { each, field, type Citable, type Pod } from '../../manifest/index.ts';
import { objectsRead } from '../facts/config-replays.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The kubelet renews a token at a step of the pod when a fifth of its life is left, or 10 s more. */
const LEAST_LEFT = 0.2;
const JITTER_SECONDS = 10;
/** The next step of a quiet pod: 60 s, and up to half of that. */
const LONGEST_STEP_SECONDS = 90;

export default defineRaceRule({
  id: 'frozen-config-during-termination',
  severity: 'information',
  basis: 'source',
  summary: 'A token or Secret can expire during a long end, because nothing is refreshed then.',
  why: `
    The kubelet stops updating the volumes of a pod when its end begins. A token that it would have
    renewed runs out, and a Secret that is rotated meanwhile stays the old one. A renewal waits for the
    next step of the pod, up to 90 s, so less than a fifth of its life may be left. A drain of many
    minutes may outlive both.
  `,
  remedy:
    'Do what needs credentials at the beginning of the drain, or make the token last longer than the grace period.',
  upstream: [
    { path: 'pkg/kubelet/token/token_manager.go' },
    { path: 'pkg/kubelet/pod_workers.go' },
  ],
  replay: {
    by: 'configuration',
    lost(story) {
      const { workload, model } = story;
      const objects = objectsRead(workload);
      const apps = Object.fromEntries(model.mains.map((it) => [it.name, { onTerm: 'ignore' }]));
      return tokensOf(model.pod).some(({ volume, seconds }) => {
        const quiet = story.configured({ objects, until: seconds }).trace;
        const [first, renewed] = [1, 2].map((nth) => quiet.at(`config:token:${volume}`, nth));
        // When it may be renewed at the earliest, and right before it is.
        const moments = [(first ?? 0) + renewedFrom(seconds), (renewed ?? 0) - 1];
        return moments.filter(Number.isFinite).some((at) => {
          const until = at + model.gracePeriodSeconds + 10;
          const { trace } = story.configured({
            objects,
            apps,
            actions: [{ do: 'delete', at }],
            until,
          });
          return trace.has('config:expired::"in":"file"');
        });
      });
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: encoder }
        spec:
          terminationGracePeriodSeconds: 1800
          containers:
            - name: app
              image: registry.example/encoder:1
              volumeMounts: [{ name: token, mountPath: /token }]
          volumes:
            - name: token
              projected:
                sources:
                  - serviceAccountToken:
                      path: token
                      expirationSeconds: 3000
        #                                ^^^^ the token is not renewed once the pod is being deleted: as little as 8m 30s of its 50m may be left, and the end may take 30m
      `,
    ],
    safe: [
      // A fifth of its life is 90 s longer than the grace period: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: encoder }
        spec:
          terminationGracePeriodSeconds: 600
          containers:
            - name: app
              image: registry.example/encoder:1
              volumeMounts: [{ name: token, mountPath: /token }]
          volumes:
            - name: token
              projected: { sources: [{ serviceAccountToken: { path: token, expirationSeconds: 3450 } }] }
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: encoder }
        spec:
          containers:
            - name: app
              image: registry.example/encoder:1
              volumeMounts: [{ name: token, mountPath: /token }]
          volumes:
            - name: token
              projected: { sources: [{ serviceAccountToken: { path: token, expirationSeconds: 600 } }] }
      `,
    ],
  },

  *find({ model, pod }) {
    if (!model || !pod) return;
    const { gracePeriodSeconds } = model;
    const token = tokensOf(pod).find((it) => leastLeft(it.seconds) < gracePeriodSeconds);
    if (!token) return;
    const { seconds, volume, at } = token;
    const [container] = model.mains;
    const left = seconds - renewedFrom(seconds);
    yield {
      at,
      message: `the token is not renewed once the pod is being deleted: as little as ${formatSeconds(leastLeft(seconds))} of its ${formatSeconds(seconds)} may be left, and the end may take ${formatSeconds(gracePeriodSeconds)}`,
      certainty: 'bounded',
      restsOn: 'an app that uses the token until its end',
      // Where it has to be a later moment, that depends on the steps that the pod happens to do.
      witness:
        left < gracePeriodSeconds && container
          ? [
              {
                at: 0,
                text: `the pod is deleted right before the token of ${volume} would be renewed`,
                moment: 'api:delete',
              },
              {
                at: left,
                text: 'the token has expired: calls are refused with 401',
                moment: `config:expired:${container.name}:"in":"file"`,
              },
              {
                at: gracePeriodSeconds,
                text: 'SIGKILL',
                moment: `app:signal:${container.name}:SIGKILL`,
              },
            ]
          : [],
    };
  },
});

/** The age at which a token may be renewed at the earliest. */
function renewedFrom(seconds: number): number {
  return seconds - Math.floor(seconds * LEAST_LEFT) - JITTER_SECONDS;
}

/** What is left of a token at the latest moment that it is renewed. */
function leastLeft(seconds: number): number {
  return Math.floor(seconds * LEAST_LEFT) - LONGEST_STEP_SECONDS;
}

interface OwnToken {
  readonly volume: string;
  readonly seconds: number;
  readonly at: Citable;
}

/** Tokens that the manifest asks for and that may run out; the default one is accepted for a year. */
function tokensOf(pod: Pod): readonly OwnToken[] {
  return [...each(field(pod).spec.volumes)].flatMap(([{ name }, volume]) =>
    [...each(volume.projected.sources)].flatMap(([{ serviceAccountToken: token }, at]) => {
      const seconds = token?.expirationSeconds;
      if (typeof seconds !== 'number' || (seconds === 3607 && !token?.audience)) return [];
      return [{ volume: name, seconds, at: at.serviceAccountToken.expirationSeconds }];
    }),
  );
}
