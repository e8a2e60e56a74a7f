import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { inFolder, runCli } from './run-cli.ts';

const GOOD = `apiVersion: v1
kind: Pod
metadata: { name: quiet }
spec:
  containers: [{ name: app, image: registry.example/app:1 }]
`;
const REFUSED = GOOD.replace('name: quiet', 'name: Loud');
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`;

describe('the exit status', () => {
  it('is 0 where nothing counts', () => {
    inFolder({ 'pod.yaml': GOOD }, (folder) => {
      expect(folder.run('check', './pod.yaml')).toEqual({
        status: 0,
        out: 'No findings.\n',
        err: '',
      });
    });
  });

  it('is 1 where a finding counts, and 0 where it is below --fail-on', () => {
    const homeless = `${GOOD}  nodeSelector: { disktype: tape }\n`;
    inFolder({ 'pod.yaml': REFUSED, 'homeless.yaml': homeless }, (folder) => {
      expect(folder.run('check', './pod.yaml').status).toBe(1);
      // That no node of the assumed ones fits is only information.
      expect(folder.run('check', './homeless.yaml').status).toBe(0);
      expect(folder.run('check', './homeless.yaml', '--fail-on', 'information').status).toBe(1);
    });
  });

  it.each([
    [['check', 'no-such-file.yaml'], /no-such-file\.yaml: no such file or folder/],
    [['check', '--format', 'xml', '.'], /--format must be human, json, sarif, github/],
    [['check', '--fail-on', 'fatal', '.'], /--fail-on must be/],
    [['check', '--profile', 'moon', 'package.json'], /--profile must be lab, default or stressed/],
    [['check', '--kubernetes-version', '2.0', 'package.json'], /must be 1\.28 to 1\.36/],
    [['check', '--config', 'no.yaml', 'package.json'], /no\.yaml: no such file/],
    [['check', '--colour', 'package.json'], /unknown option/],
    [['check'], /missing required argument/],
    [['explode', 'pod.yaml'], /unknown command/],
    [['rules', 'no-such-rule'], /there is no rule "no-such-rule"/],
    [['drain', 'node-x', 'package.json'], /no Node "node-x" is declared/],
  ] as const)('is 2 for %j', (args, why) => {
    const { status, err } = runCli(args);
    expect(err).toMatch(why);
    expect(status).toBe(2);
  });

  it('is 2 for a file that is no text to read', () => {
    inFolder({ 'pod.yaml': GOOD }, (folder) => {
      // A folder cannot be a configuration.
      const { status, err } = folder.run('check', './pod.yaml', '--config', './');
      expect([status, err]).toEqual([2, expect.stringContaining('EISDIR')]);
    });
  });

  it('is 3 where the fault is ours, which is asked to be reported', () => {
    const broken = { out: () => expect.unreachable('the terminal is gone') };
    const { status, err } = runCli(['rules'], broken);
    expect(status).toBe(3);
    expect(err).toContain('this is our fault, please report it');
  });

  it('is 0 for help and version', () => {
    expect(runCli(['--help']).status).toBe(0);
    expect(runCli(['--version'])).toMatchObject({ status: 0, out: '0.1.0\n' });
  });
});

describe('what is printed', () => {
  it('has the place as editors count it', () => {
    inFolder({ 'pod.yaml': REFUSED }, (folder) => {
      const { out } = folder.run('check', './pod.yaml');
      expect(out).toContain(`${folder.at('pod.yaml')}\n  3:19 error FieldValueInvalid\n`);
      expect(out).toContain('1 error, 0 warnings, 0 notes');
    });
  });

  it('is colourless unless asked', () => {
    inFolder({ 'pod.yaml': REFUSED }, (folder) => {
      expect(folder.run('check', './pod.yaml').out).not.toContain('\u001b');
      expect(folder.run('explain', './pod.yaml').out).not.toContain('\u001b');
      expect(folder.run('check', './pod.yaml', '--color').out).toContain('\u001b');
      expect(folder.run('check', './pod.yaml', '--color', '--no-color').out).not.toContain(
        '\u001b',
      );
    });
  });

  it('says that a file has no workload, or nothing of Kubernetes', () => {
    inFolder({ 'service.yaml': SERVICE, 'empty.yaml': '\n' }, (folder) => {
      expect(folder.run('explain', './service.yaml')).toEqual({
        status: 0,
        out: '',
        err: 'podsage: service.yaml: holds no workload, so there is no pod to explain\n',
      });
      expect(folder.run('explain', './empty.yaml').err).toContain('holds no Kubernetes object');
    });
  });

  it('does not say "No findings" of what was not read without a word', () => {
    const chart = GOOD.replace('quiet', '"{{ .Release.Name }}"');
    inFolder({ 'chart.yaml': chart, 'list.yaml': '- a\n', 'pod.yaml': GOOD }, (folder) => {
      const { err } = folder.run('check', './chart.yaml', './pod.yaml');
      expect(err).toBe('podsage: chart.yaml: not explained, this is a Helm template\n');
      expect(folder.run('check', './list.yaml').err).toContain('hold no Kubernetes object');
      expect(folder.run('check', './list.yaml', './pod.yaml').err).toBe('');
    });
  });

  it('is about what would follow where the API server refuses', () => {
    inFolder({ 'pod.yaml': REFUSED, 'odd.yaml': `${GOOD}  restartPolicy: 3\n` }, (folder) => {
      const { out } = folder.run('explain', './pod.yaml');
      expect(out).toContain('What else is told here would follow if it were accepted.');
      expect(folder.run('explain', '--brief', './pod.yaml').out).not.toContain('runs on');
      // Of what cannot be read nothing follows.
      expect(folder.run('explain', './odd.yaml').out).not.toContain('Scheduling');
    });
  });

  it('tells of a Job when it tries again and gives up', () => {
    inFolder({ 'shop.yaml': SHOP }, (folder) => {
      const { out } = folder.run('explain', './shop.yaml');
      expect(out).toContain(
        '  Retries\n  If each pod fails as soon as it is made, pods are made at 0s, 10s',
      );
      expect(out.match(/Retries/g)).toHaveLength(1);
    });
  });

  it('is an answer a line with --brief, and never Ready where no node fits', () => {
    const homeless = `${GOOD}  nodeSelector: { disktype: tape }\n`;
    inFolder({ 'pod.yaml': GOOD, 'homeless.yaml': homeless }, (folder) => {
      expect(folder.run('explain', '--brief', './pod.yaml').out.split('\n').slice(1)).toEqual([
        '  ✓ Admission   accepted · 18 fields set by the server',
        '  ✓ Scheduling  runs on node-1 or 2 others · 3 of 3 nodes can take it; chance decides',
        expect.stringMatching(
          /^ {2}· Start {7}Ready after .*since the manifest is submitted, assumed$/,
        ),
        '  · Traffic     no Service selects it',
        '  · Shutdown    no order to keep · nothing known depends on when it stops',
        '  ✓ Findings    none · no rule found a race',
        '',
      ]);
      const { out } = folder.run('explain', '--brief', './homeless.yaml');
      expect(out).toContain('✕ Start       never, while no node fits it · were it not so');
    });
  });

  it("counts the start of a CronJob's pod from its schedule", () => {
    const job = readFileSync('examples/shop/nightly.yaml', 'utf8');
    inFolder({ 'job.yaml': job }, (folder) => {
      const { out } = folder.run('explain', './job.yaml');
      expect(out).toMatch(/Ready after .*since the schedule is due/);
      expect(out).not.toContain('kubectl reads the manifest');
      expect(out).not.toContain('goes on with the rollout');
    });
  });

  it('is one JSON value with --json', () => {
    inFolder({ 'pod.yaml': REFUSED }, (folder) => {
      const [view] = JSON.parse(folder.run('explain', '--json', './pod.yaml').out) as [
        { subject: string },
      ];
      expect(view.subject).toBe('Pod/default/Loud');
      const [finding] = JSON.parse(folder.run('check', '--json', './pod.yaml').out) as [
        { line: number; code: string },
      ];
      expect(finding).toMatchObject({ line: 3, code: 'FieldValueInvalid' });
    });
  });

  it('has the annotations of kube-scheduler-simulator', () => {
    inFolder({ 'pod.yaml': GOOD }, (folder) => {
      const { out } = folder.run('schedule', '--annotations', './pod.yaml');
      const [first] = JSON.parse(out) as [{ annotations: Record<string, string> }];
      const prefix = 'kube-scheduler-simulator.sigs.k8s.io/';
      expect(Object.keys(first.annotations)).toContain(`${prefix}filter-result`);
      expect(first.annotations[`${prefix}selected-node`]).toMatch(/^node-/);
    });
  });
});

const SHOP = `
kind: Deployment
apiVersion: apps/v1
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      nodeSelector: { kubernetes.io/hostname: a }
      containers: [{ name: app, image: "nginx:1", ports: [{ name: http, containerPort: 8080 }] }]
---
kind: Service
apiVersion: v1
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: http }] }
---
kind: Service
apiVersion: v1
metadata: { name: lost }
spec: { selector: { app: wbe }, ports: [{ port: 80 }] }
---
kind: Ingress
apiVersion: networking.k8s.io/v1
metadata: { name: shop }
spec: { defaultBackend: { service: { name: web, port: { number: 81 } } } }
---
kind: PodDisruptionBudget
apiVersion: policy/v1
metadata: { name: web }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
kind: Node
apiVersion: v1
metadata: { name: a, labels: { kubernetes.io/hostname: a } }
status: { allocatable: { cpu: "4", memory: 8Gi, pods: "10" } }
---
kind: Job
apiVersion: batch/v1
metadata: { name: once }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: "b:1" }] } } }
`;

describe('the parts', () => {
  it('tell of every Service its slices, why not, its names and who reaches it', () => {
    inFolder({ 'shop.yaml': SHOP }, (folder) => {
      const { out } = folder.run('endpoints', './shop.yaml');
      for (const it of [
        'EndpointSlice IPv4, http 8080/TCP: 2 endpoints',
        'reached by: Ingress shop sends * to web:81, which leads nowhere: web has no port 81',
        'DNS: web.default.svc.cluster.local is the cluster IP, whether or not',
        'its app is web, not wbe',
        'Job once ',
        'no Service of the declared world selects its pods',
        'all pods of these files run and are Ready',
      ]) {
        expect(out).toContain(it);
      }
      const json = folder.run('endpoints', '--json', './shop.yaml').out;
      expect(JSON.parse(json)).toMatchObject({
        services: [{ slices: [{ endpoints: [{ node: 'a' }, {}] }] }, { slices: [{}] }],
        workloads: [{ subject: 'Deployment/default/web' }, {}],
      });
    });
  });

  it('list no pod as an endpoint that finds no node', () => {
    const homeless = SHOP.replace('hostname: a }', 'hostname: b }');
    inFolder({ 'shop.yaml': homeless }, (folder) => {
      const { out } = folder.run('endpoints', './shop.yaml');
      expect(out).toContain('EndpointSlice IPv4: 0 endpoints');
      expect(out).toContain('web-xxxxxxxxxx-xxxxx has no address: no node has it');
    });
  });

  it('tell how a rollout goes step by step, and that there is none', () => {
    inFolder({ 'shop.yaml': SHOP }, (folder) => {
      const { out } = folder.run('rollout', './shop.yaml');
      expect(out).toContain('the strategy keeps at least 2 available, at most 3 pods');
      expect(out).toMatch(/new pod web-new-0 created +3 +2\n/);
      expect(out).toContain('ends with Available=True MinimumReplicasAvailable, Progressing=True');
      expect(out).toContain('It has no rollout');
    });
  });

  it.each([
    ['kind: ResourceQuota', '{ hard: { pods: "2" } }', 'exceeded quota: all'],
    [
      'kind: LimitRange',
      '{ limits: [{ type: Pod, min: { cpu: 9 } }] }',
      'is forbidden: minimum cpu',
    ],
  ])('tell that a rollout is stuck where a %s refuses its pods', (kind, spec, why) => {
    const limit = `${kind}\napiVersion: v1\nmetadata: { name: all }\nspec: ${spec}\n`;
    inFolder({ 'shop.yaml': `${SHOP}---\n${limit}` }, (folder) => {
      const { out } = folder.run('rollout', './shop.yaml');
      expect(out).toContain('it gets stuck');
      expect(out).toContain(why);
      expect(out).toContain('ReplicaFailure=True FailedCreate');
    });
  });

  it('tell which budget refuses an eviction, and why nothing runs in place of a pod', () => {
    inFolder({ 'shop.yaml': SHOP }, (folder) => {
      const { out } = folder.run('drain', 'a', './shop.yaml');
      expect(out).toContain(
        'kubectl drain a --ignore-daemonsets --delete-emptydir-data never ends',
      );
      expect(out).toMatch(/refused \(429\): The disruption budget web needs 1 healthy pods/);
      expect(out).toContain('(there is no other node)');
    });
  });
});

describe('a baseline', () => {
  it('holds what is known, wherever the lines moved', () => {
    inFolder({ 'pod.yaml': REFUSED }, (folder) => {
      const args = ['check', './pod.yaml', '--baseline', './known.json'];
      expect(folder.run(...args, '--update-baseline').status).toBe(0);
      expect(JSON.parse(folder.read('known.json'))).toHaveLength(1);
      expect(folder.run(...args)).toMatchObject({ status: 0, out: 'No findings.\n' });
    });
  });

  it('is read where podsage.yaml names it', () => {
    const config = 'baseline: known.json\n';
    inFolder({ 'pod.yaml': REFUSED, 'podsage.yaml': config }, (folder) => {
      expect(folder.run('check', './pod.yaml').status).toBe(1);
      folder.run('check', './pod.yaml', '--update-baseline');
      expect(folder.run('check', './pod.yaml').status).toBe(0);
    });
  });

  it('that is not one is a wrong argument', () => {
    inFolder({ 'pod.yaml': GOOD, 'known.json': '{' }, (folder) => {
      const ran = folder.run('check', './pod.yaml', '--baseline', './known.json');
      expect(ran).toMatchObject({ status: 2, out: '' });
    });
  });
});

describe('the executable', () => {
  it('reads standard input, and writes no colour into a pipe', async () => {
    const { script } = await bundle('server/src/cli/bin.ts', {
      platform: 'node',
      format: 'cjs',
      define: { 'import.meta.url': 'importMetaUrl' },
      banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    });
    inFolder({ 'cli.cjs': script }, (folder) => {
      const ran = spawnSync(process.execPath, [folder.at('cli.cjs'), 'check', '-'], {
        input: REFUSED,
        encoding: 'utf8',
      });
      expect(ran.stdout).toContain('stdin\n  3:19 error FieldValueInvalid');
      expect(ran.stdout).not.toContain('\u001b');
      expect(ran.status).toBe(1);
    });
  });

  it('has the version of the package', () => {
    const manifest = JSON.parse(readFileSync(path.resolve('package.json'), 'utf8')) as {
      version: string;
    };
    expect(runCli(['--version']).out.trim()).toBe(manifest.version);
  });
});
