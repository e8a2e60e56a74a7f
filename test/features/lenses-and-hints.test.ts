import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyse } from '../support/analyse.ts';

/** The example shop with its cluster, some texts of it replaced. */
function shop(replace: readonly (readonly [string, string])[] = []) {
  const files = ['cluster', 'shop'].flatMap((folder) =>
    readdirSync(`examples/${folder}`).map((it) => {
      let text = readFileSync(`examples/${folder}/${it}`, 'utf8');
      for (const [from, to] of replace) text = text.replace(from, to);
      return `#- ${folder}/${it}\n${text}`;
    }),
  );
  return analyse(files.join('\n'));
}

function lenses(file: string, ...replace: readonly (readonly [string, string])[]) {
  const { workspace } = shop(replace);
  return workspace.lenses(`file:///workspace/shop/${file}`).map((it) => it.title);
}

describe('lenses', () => {
  it('tell where the pods of a Deployment land, how they stop, and who is behind a Service', () => {
    expect(lenses('web.yaml')).toEqual([
      expect.stringMatching(/^→ node-[ab] \(2 of 3 nodes feasible, 3 of 3 replicas fit\)$/),
      expect.stringMatching(/^shutdown: may lose requests \(\d races\)$/),
      'Lifecycle',
      'Stored object',
      expect.stringMatching(/^3 endpoints: \d on node-., \d on node-.; 80 → http \(8080\)$/),
    ]);
  });

  it('tell by how much a shutdown is safe', () => {
    expect(lenses('checkout.yaml')[1]).toMatch(/^shutdown: safe by 20s/);
  });

  it('do not call safe what nothing is known of', () => {
    const titles = lenses('nightly.yaml');
    expect(titles.filter((it) => it.startsWith('shutdown'))).toEqual([]);
  });

  it("are the scheduler's sentence where no node fits", () => {
    expect(lenses('recommend.yaml')[0]).toMatch(/^0\/3 nodes are available: 1 node\(s\) had/);
  });

  it('tell why a Service has no endpoints', () => {
    const titles = lenses('web.yaml', ['  selector:\n    app: web', '  selector:\n    app: webb']);
    expect(titles.at(-1)).toMatch(
      /^no endpoints: The selector matches no pod; the nearest is web-x+-x+: its app is/,
    );
  });

  it('tell what a Service without selector is', () => {
    expect(lenses('web.yaml', ['  selector:\n    app: web\n  ports', '  ports'])).toContain(
      'no selector: somebody else makes its endpoints',
    );
  });

  it.each([
    [
      'chart/templates/web.yaml',
      'kind: Pod\nmetadata: { name: {{ .Release.Name }} }\n',
      'A Helm template',
    ],
    ['overlay/kustomization.yaml', 'resources: [web.yaml]\n', 'A kustomization'],
  ])('tell once why %s is not explained, and what to do', (name, text, what) => {
    const { workspace, fixture } = analyse(`#- ${name}\n${text}---\n${text}`);
    expect(workspace.lenses(fixture.files[0]?.uri ?? '')).toMatchObject([
      {
        title: `${what}: not explained as it stands; render it`,
        command: 'podsage.explainRendered',
      },
    ]);
  });

  it('tell of a refused object only that', () => {
    expect(lenses('web.yaml', ['  replicas: 3', '  replicas: -3'])[0]).toBe(
      'refused by the API server: Invalid',
    );
  });
});

function hints(file: string): readonly string[] {
  const { workspace, fixture } = shop();
  const uri = `file:///workspace/shop/${file}`;
  const text = fixture.files.find((it) => it.uri === uri)?.text ?? '';
  return workspace.hints(uri, { start: 0, end: text.length }).map(({ offset, label }) => {
    const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
    return `${line.trim()} ${label}`;
  });
}

describe('inlay hints', () => {
  it('show the defaults that decide something, and no others', () => {
    expect(hints('web.yaml')).toEqual([
      'spec: maxUnavailable: 25%, maxSurge: 25%',
      'spec: terminationGracePeriodSeconds: 30',
      'readinessProbe: timeoutSeconds: 1, failureThreshold: 3',
    ]);
  });

  it('show what is requested because of a limit', () => {
    expect(hints('recommend.yaml')).toContain('requests: nvidia.com/gpu: 1');
  });
});

describe('the view of a workload', () => {
  it('tells why the node won, how many more fit, and what is proved', () => {
    const { workspace } = shop();
    const [view] = workspace.views('file:///workspace/shop/checkout.yaml');
    expect(view?.scheduling?.why).toMatch(/^\d+ points/);
    expect(view?.scheduling?.capacity).toMatch(/^\d+ more copies fit \(\d+ on node-/);
    expect(view?.scheduling?.nodesToAdd).toEqual([]);
    const drain = view?.certificates.find((it) => it.id === 'cert-drain');
    expect(drain).toMatchObject({ margin: 'Safe by 26.82s' });
    expect(drain?.because.at(-1)).toBe('preStop of app ends: at least 30s later');
    expect(drain?.restsOn.join()).toContain('p.eps of the default profile');
  });

  it('tells how many nodes of which kind would take all replicas', () => {
    const { workspace } = shop([['  replicas: 3\n  selector', '  replicas: 60\n  selector']]);
    const [view] = workspace.views('file:///workspace/shop/web.yaml');
    expect(view?.scheduling?.nodesToAdd.join()).toMatch(/more nodes? like node-[ab]/);
  });
});

describe('where a pod lands', () => {
  const node = (name: string) => `---
apiVersion: v1
kind: Node
metadata: { name: ${name} }
status: { allocatable: { cpu: "4", memory: 8Gi, pods: "10" } }
`;
  const pod = (name: string, cpu: string) => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { containers: [{ name: app, image: app:1, resources: { requests: { cpu: ${cpu} } } }] }
`;

  it('does not depend on which file was opened first', () => {
    const texts = [
      ['nodes.yaml', node('a') + node('b')],
      ['first.yaml', pod('first', '1')],
      ['second.yaml', pod('second', '2')],
    ] as const;
    const lensOf = (order: typeof texts | readonly (readonly [string, string])[]) => {
      const text = order.map(([name, yaml]) => `#- ${name}\n${yaml}`).join('\n');
      const { workspace } = analyse(text);
      return workspace.lenses('file:///workspace/second.yaml')[0]?.title;
    };
    expect(lensOf(texts)).toBe('→ b (2 of 2 nodes feasible)');
    expect(lensOf(texts.toReversed())).toBe(lensOf(texts));
  });

  it('is every node that scores the same, as chance decides between them', () => {
    const { workspace } = analyse(`#- all.yaml\n${node('a')}${node('b')}${pod('only', '1')}`);
    const uri = 'file:///workspace/all.yaml';
    expect(workspace.lenses(uri)[0]?.title).toBe('→ a or b (2 of 2 nodes feasible)');
    const verdicts = workspace.prediction({ uri })?.verdicts ?? [];
    expect(verdicts.find((it) => it.section === 'scheduling')).toMatchObject({
      headline: 'runs on a or b',
      detail: '2 of 2 nodes can take it; chance decides',
    });
  });
});
