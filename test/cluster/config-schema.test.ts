import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_CONFIG, readConfig } from '../../server/src/cluster/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';

interface Schema {
  readonly properties: Readonly<Record<string, { readonly default?: unknown }>>;
}

const schema = JSON.parse(readFileSync('schemas/podsage.schema.json', 'utf8')) as Schema;
const validate = new Ajv({ strict: false }).compile(schema);

function problems(text: string): readonly string[] {
  return readConfig(new SourceFile('file:///podsage.yaml', text)).problems.map((it) => it.message);
}

describe('the schema of podsage.yaml', () => {
  it('has the settings that are read, and no others', () => {
    expect(Object.keys(schema.properties).toSorted()).toEqual(
      Object.keys(DEFAULT_CONFIG).toSorted(),
    );
    const [unknown = ''] = problems('nonsense: 1\n');
    const known = unknown.replace(/^.*known are /, '').split(', ');
    expect(known.toSorted()).toEqual(Object.keys(schema.properties).toSorted());
  });

  it('names the defaults that hold', () => {
    for (const [name, { default: value }] of Object.entries(schema.properties)) {
      if (value !== undefined) expect(DEFAULT_CONFIG).toHaveProperty(name, value);
    }
  });

  it.each([
    'cluster: nodes.yaml',
    'cluster: [a.yaml, "b/*.yaml"]',
    'kubernetesVersion: "1.30"',
    'kubernetesVersion: v1.36.2',
    'kubernetesVersion: 1.35',
    'profile: lab',
    'dataPlane: kube-proxy-nftables',
    'parameters: { p.eps: 1, p.watch: [0.1, 2] }',
    'app: { listen-seconds: "1-8", on-sigterm: drain-then-stop, keep-alive-seconds: 60 }',
    'world: closed',
    'rules: { no-prestop-endpoint-race: "off", selector-matches-nothing: information }',
    'baseline: known.json',
    'allowSuppressions: false',
    '{}',
  ])('accepts what is read: %s', (text) => {
    expect(problems(text)).toEqual([]);
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    'cluster: [1]',
    'cluster: { a: b }',
    'kubernetesVersion: "1.27"',
    'kubernetesVersion: newest',
    'kubernetesVersion: 1.4',
    'profile: moon',
    'dataPlane: 3',
    'parameters: { p.eps: [3, -1] }',
    'parameters: { p.eps: soon }',
    'parameters: [1]',
    'app: [1]',
    'world: ajar',
    'rules: { selector-matches-nothing: loud }',
    'rules: [selector-matches-nothing]',
    'baseline: [known.json]',
    'allowSuppressions: maybe',
    'nonsense: 1',
    '[]',
  ])('refuses what is not read: %s', (text) => {
    expect(problems(text)).not.toEqual([]);
    expect(validate(parse(text))).toBe(false);
  });

  it('is contributed for the YAML extension, at a path that exists', () => {
    const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      contributes: Record<string, readonly { url: string; fileMatch: string | string[] }[]>;
    };
    for (const point of ['yamlValidation', 'jsonValidation']) {
      for (const { url } of contributes[point] ?? []) {
        expect(JSON.parse(readFileSync(url, 'utf8'))).toEqual(schema);
      }
    }
    expect(contributes['yamlValidation']?.[0]?.fileMatch).toContain('podsage.yaml');
  });
});
