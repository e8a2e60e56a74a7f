/** A long grace period that a second delete does not shorten. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { DELETED, lasting } from '../facts/replays.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** When the pod is deleted again, and with which period. */
const AGAIN_SECONDS = 10;
const SHORTER_SECONDS = 5;
/** Shorter waits are waited for. */
const LONG_SECONDS = 120;

export default defineRaceRule({
  id: 'second-delete-does-not-shorten',
  severity: 'information',
  basis: 'source',
  summary: 'A second delete with a shorter grace period does not end the pod sooner.',
  why: `
    The API server writes the shorter period into the object, but the kubelet is already waiting in
    the runtime's stop call with the first one, and does not interrupt it.
  `,
  remedy:
    'Choose the period in the first delete (--grace-period), and force a delete only where two running pods do no harm.',
  upstream: [{ path: 'pkg/kubelet/pod_workers.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const again = {
        do: 'delete',
        when: 'api:delete',
        plus: AGAIN_SECONDS,
        gracePeriodSeconds: SHORTER_SECONDS,
      } as const;
      const apps = lasting(story, Infinity);
      const life = story.live({ actions: [...DELETED, again], apps });
      return life.at('app:signal::SIGKILL') >= life.at('api:delete') + LONG_SECONDS;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: encoder }
        spec:
          terminationGracePeriodSeconds: 120
        #                                ^^^ once the pod is being deleted, a second delete with a shorter period changes the object only: the containers still have up to 2m
          containers:
            - name: app
              image: registry.example/encoder:1
      `,
    ],
    safe: [
      // The boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: encoder }
        spec:
          terminationGracePeriodSeconds: 119
          containers:
            - name: app
              image: registry.example/encoder:1
      `,
    ],
  },

  *find({ model }) {
    const grace = model?.gracePeriodSeconds ?? 0;
    if (!model || grace < LONG_SECONDS) return;
    yield {
      at: field(model.pod).spec.terminationGracePeriodSeconds,
      message: `once the pod is being deleted, a second delete with a shorter period changes the object only: the containers still have up to ${formatSeconds(grace)}`,
      witness: [
        {
          at: 0,
          text: `the pod is deleted with ${formatSeconds(grace)}`,
          moment: 'api:delete',
        },
        {
          at: AGAIN_SECONDS,
          text: `it is deleted again with ${SHORTER_SECONDS}s: the object says ${SHORTER_SECONDS}s`,
          moment: `api:delete::"gracePeriodSeconds":${SHORTER_SECONDS}`,
        },
        {
          at: grace,
          text: 'SIGKILL, as the first delete has it, to an app that is not done',
          moment: 'app:signal::SIGKILL',
        },
      ],
    };
  },
});
