/** What our own annotations on a pod mean. */
import { annotationText } from '../app-annotations.ts';
import type { PodConsequence } from './consequence.ts';

export const ANNOTATION_CONSEQUENCES: readonly PodConsequence[] = [
  {
    field: 'metadata.annotations[*]',
    tell: ({ path }) => annotationText(String(path[2])),
  },
];
