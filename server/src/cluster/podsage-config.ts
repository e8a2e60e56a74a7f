/**
 * `podsage.yaml`: one file for editor and command line. Wrong values are problems at their place
 * and are left out; the rest counts. Its JSON Schema is `schemas/podsage.schema.json`.
 */
import type { TextRange } from '../source/index.ts';
import { SourceFile } from '../source/index.ts';
import {
  entryOf,
  keyText,
  ParseCache,
  toPlain,
  type MapNode,
  type Problem,
  type TreeNode,
} from '../manifest/index.ts';

export type RuleSeverity = 'off' | 'information' | 'warning' | 'error';

/** What the user declares besides manifests. */
export interface PodsageConfig {
  /** Globs or files of the declared cluster, relative to the configuration. */
  readonly cluster: readonly string[];
  /** As `1.36`. */
  readonly kubernetesVersion: string;
  /** Name of an environment profile: `lab`, `default`, `stressed`. */
  readonly profile: string;
  /** Name of a data plane: `iptables`, `nftables`, `ipvs`, `ebpf` … */
  readonly dataPlane: string | undefined;
  /** Parameters that override the profile's, `[earliest, latest]` in seconds. */
  readonly parameters: Readonly<Record<string, readonly [number, number]>>;
  /** App assumptions for every container, by the key that the annotations use (`listen-seconds`). */
  readonly app: Readonly<Record<string, string>>;
  /** `closed`: what is not declared does not exist. */
  readonly world: 'open' | 'closed';
  readonly rules: Readonly<Record<string, RuleSeverity>>;
  /** A file of findings that are known and not shown. */
  readonly baseline: string | undefined;
  readonly allowSuppressions: boolean;
}

export const DEFAULT_CONFIG: PodsageConfig = {
  cluster: [],
  kubernetesVersion: '1.36',
  profile: 'default',
  dataPlane: undefined,
  parameters: {},
  app: {},
  world: 'open',
  rules: {},
  baseline: undefined,
  allowSuppressions: true,
};

const SEVERITIES: readonly RuleSeverity[] = ['off', 'information', 'warning', 'error'];
const PROFILES: readonly string[] = ['lab', 'default', 'stressed'];

type Writable = { -readonly [K in keyof PodsageConfig]: PodsageConfig[K] };

/** Reads a configuration; what cannot be read keeps its default. */
export function readConfig(file: SourceFile): {
  readonly config: PodsageConfig;
  readonly problems: readonly Problem[];
  /** For finding places in it; undefined where the text holds nothing. */
  readonly root: TreeNode | undefined;
} {
  const config: Writable = { ...DEFAULT_CONFIG };
  const [parsed] = new ParseCache().parse([{ start: 0, text: file.text }]);
  const problems: Problem[] = [...(parsed?.problems ?? [])];
  const root = parsed?.root;
  if (root && root.kind !== 'map') {
    problems.push(problem('the configuration must be a map of settings', root.range));
  }
  if (root?.kind === 'map') {
    for (const { key, value } of root.entries) {
      const name = keyText(key);
      const reader = READERS[name];
      if (!reader) {
        const known = Object.keys(READERS).join(', ');
        problems.push(problem(`unknown setting "${name}"; known are ${known}`, key.range));
      } else if (value) {
        const fault = reader(value, config);
        if (fault) problems.push(problem(`${name}: ${fault}`, value.range));
      }
    }
  }
  return { config, problems, root };
}

type Reader = (node: TreeNode, config: Writable) => string | undefined;

const READERS: Readonly<Record<string, Reader>> = {
  cluster: (node, config) => {
    const list = toPlain(node);
    const all = Array.isArray(list) ? list : [list];
    if (!all.every((it) => typeof it === 'string')) return 'must be a list of files or globs';
    config.cluster = all;
    return undefined;
  },
  kubernetesVersion: (node, config) => {
    const text = node.kind === 'scalar' ? node.source : '';
    const match = /^v?1\.(\d+)(?:\.\d+)?/.exec(text);
    if (!match) return 'must be a version such as "1.36"';
    const minor = Number(match[1]);
    if (minor < 28 || minor > 36) return 'Podsage knows Kubernetes 1.28 to 1.36';
    config.kubernetesVersion = `1.${minor}`;
    return undefined;
  },
  profile: (node, config) => {
    const text = String(toPlain(node));
    if (!PROFILES.includes(text)) return `must be one of ${PROFILES.join(', ')}`;
    config.profile = text;
    return undefined;
  },
  dataPlane: (node, config) => {
    const text = toPlain(node);
    if (typeof text !== 'string') return 'must be a name';
    config.dataPlane = text;
    return undefined;
  },
  parameters: (node, config) => readParameters(node, config),
  app: (node, config) => {
    if (node.kind !== 'map') return 'must be a map of assumptions';
    config.app = Object.fromEntries(
      node.entries.map((it) => [
        keyText(it.key),
        it.value?.kind === 'scalar' ? it.value.source : '',
      ]),
    );
    return undefined;
  },
  world: (node, config) => {
    const text = toPlain(node);
    if (text !== 'open' && text !== 'closed') return 'must be open or closed';
    config.world = text;
    return undefined;
  },
  rules: (node, config) => readRules(node, config),
  baseline: (node, config) => {
    const text = toPlain(node);
    if (typeof text !== 'string') return 'must be a file name';
    config.baseline = text;
    return undefined;
  },
  allowSuppressions: (node, config) => {
    const value = toPlain(node);
    if (typeof value !== 'boolean') return 'must be true or false';
    config.allowSuppressions = value;
    return undefined;
  },
};

function readParameters(node: TreeNode, config: Writable): string | undefined {
  if (node.kind !== 'map') return 'must be a map of parameters';
  const parameters: Record<string, readonly [number, number]> = {};
  for (const { key, value } of node.entries) {
    const name = keyText(key);
    const plain = toPlain(value);
    const pair = Array.isArray(plain) ? plain : [plain, plain];
    const [low, high] = pair as unknown[];
    if (typeof low !== 'number' || typeof high !== 'number' || low < 0 || high < low) {
      return `${name} must be seconds, or [earliest, latest]`;
    }
    parameters[name] = [low, high];
  }
  config.parameters = parameters;
  return undefined;
}

function readRules(node: TreeNode, config: Writable): string | undefined {
  if (node.kind !== 'map') return 'must be a map of rule ids to severities';
  const rules: Record<string, RuleSeverity> = {};
  for (const { key } of node.entries) {
    const name = keyText(key);
    const severity = severityOf(node, name);
    if (!severity) return `${name} must be one of ${SEVERITIES.join(', ')}`;
    rules[name] = severity;
  }
  config.rules = rules;
  return undefined;
}

/** YAML 1.1 reads `off` as false. */
function severityOf(map: MapNode, name: string): RuleSeverity | undefined {
  const node = entryOf(map, name)?.value;
  if (node?.kind !== 'scalar') return undefined;
  return SEVERITIES.find((it) => it === node.source);
}

function problem(message: string, range: TextRange): Problem {
  return { code: 'configuration', severity: 'error', message, range };
}
