import { describe, expect, it } from 'vitest';
import { describedField, type FieldPath } from '../../server/src/manifest/index.ts';

describe('the field a path leads to', () => {
  const at = (path: FieldPath) => {
    const found = describedField('apps/v1', 'Deployment', path);
    return found && `${found.type}.${found.name}`;
  };

  it.each<[FieldPath, string | undefined]>([
    [['spec'], 'AppsV1Deployment.spec'],
    [['spec', 'template', 'spec', 'containers'], 'CoreV1PodSpec.containers'],
    [['spec', 'template', 'spec', 'containers', 0], 'CoreV1PodSpec.containers'],
    [['spec', 'template', 'spec', 'containers', 0, 'image'], 'CoreV1Container.image'],
    [['metadata', 'labels', 'app'], 'ApisMetaV1ObjectMeta.labels'],
    [['spec', 'nope'], undefined],
    [['spec', 'replicas', 'deeper'], undefined],
    [['__proto__', 'x'], undefined],
  ])('%j', (path, expected) => {
    expect(at(path)).toBe(expected);
  });
});
