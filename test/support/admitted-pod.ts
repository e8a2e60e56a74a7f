import {
  preparePodForCreate,
  setPodDefaults,
  validatePodCreate,
} from '../../server/src/admission/index.ts';
import { errorText } from '../../server/src/admission/validation/machinery/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';

/** A Pod with one container, `spec` and `container` written over it. Fields may be of any shape. */
export function podWith(spec: object, container: object = {}): Pod {
  return structuredClone({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
    spec: {
      serviceAccountName: 'default',
      containers: [{ name: 'app', image: 'nginx', ...container }],
      ...spec,
    },
  }) as unknown as Pod;
}

/** What the API server answers to a Pod: `field: message`, nothing where it is admitted. */
export function causesOf(pod: Pod): string[] {
  setPodDefaults(pod);
  preparePodForCreate(pod);
  return validatePodCreate(pod).map((it) => errorText(it));
}
