/** Tokens and Secrets are not refreshed once a pod is being deleted. */
import { formatSeconds } from '../../explanation/index.ts';
import { each, field, type Citable, type Pod } from '../../manifest/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const LONG_SECONDS = 600;
/** The kubelet renews a token when a fifth of its life is left. */
const LEAST_LEFT = 0.2;

export default defineRaceRule({
  id: 'frozen-config-during-termination',
  severity: 'information',
  basis: 'source',
  summary: 'A token or Secret can expire during a long end, because nothing is refreshed then.',
  why: `
    The kubelet stops updating the volumes of a pod when its end begins. A token that it would have
    renewed runs out, and a Secret that is rotated meanwhile stays the old one. A drain of many
    minutes may outlive both.
  `,
  remedy:
    'Do what needs credentials at the beginning of the drain, or make the token last longer than the grace period.',
  upstream: [
    { path: 'pkg/kubelet/token/token_manager.go' },
    { path: 'pkg/kubelet/pod_workers.go' },
  ],
  replay: {
    by: 'nothing',
    because: 'when a token was issued and how the app uses it: simulated pods have no tokens',
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
        #                                ^^^^ the token is not renewed once the pod is being deleted: as little as 10m of its 50m may be left, and the end may take 30m
      `,
    ],
    safe: [
      // A fifth of its life is as long as the grace period: the boundary.
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
              projected: { sources: [{ serviceAccountToken: { path: token, expirationSeconds: 3000 } }] }
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
    if (!model || !pod || model.gracePeriodSeconds < LONG_SECONDS) return;
    const grace = formatSeconds(model.gracePeriodSeconds);
    const token = shortToken(pod, model.gracePeriodSeconds);
    if (token) {
      const left = token.seconds * LEAST_LEFT;
      yield {
        at: token.at,
        message: `the token is not renewed once the pod is being deleted: as little as ${formatSeconds(left)} of its ${formatSeconds(token.seconds)} may be left, and the end may take ${grace}`,
        certainty: 'bounded',
        restsOn: 'an app that uses the token until its end',
        witness: [
          { at: 0, text: 'the pod is deleted shortly before the token would be renewed' },
          { at: left, text: 'the token has expired: calls are refused with 401' },
          { at: model.gracePeriodSeconds, text: 'SIGKILL' },
        ],
      };
    }
  },
});

/** A token of its own that may run out; the default one is accepted for a year. */
function shortToken(
  pod: Pod,
  grace: number,
): { readonly at: Citable; readonly seconds: number } | undefined {
  for (const [, volume] of each(field(pod).spec.volumes)) {
    for (const [source, at] of each(volume.projected.sources)) {
      const seconds = source.serviceAccountToken?.expirationSeconds;
      if (typeof seconds !== 'number' || seconds === 3607) continue;
      if (seconds * LEAST_LEFT < grace)
        return { at: at.serviceAccountToken.expirationSeconds, seconds };
    }
  }
  return undefined;
}
