import { describe, expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

const pod = (name: string, app: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { app: ${app} } }\nspec:\n  containers: [{ name: app, image: "registry.example/${name}:1" }]\n`;
const service = (app: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: cart }\nspec:\n  selector: { app: ${app} }\n  ports: [{ port: 80 }]\n`;

/** The near misses in the view of the first workload. */
function nearMisses(...objects: readonly string[]): readonly string[] {
  const { workspace, fixture } = analyse(objects.join('---\n'));
  const [view] = workspace.views(fixture.files[0]?.uri ?? '');
  return (view?.endpoints.nearMisses ?? []).map((it) => it.message);
}

describe('a Service that does not select the pod', () => {
  it('is told where it selects nothing and the pod is the nearest', () => {
    expect(nearMisses(pod('cart', 'cart'), service('crat'))).toEqual([
      expect.stringContaining('nearest is cart'),
    ]);
  });

  it('is not told where it selects other pods', () => {
    expect(nearMisses(pod('cart', 'cart'), pod('redis', 'redis'), service('redis'))).toEqual([]);
  });
});
