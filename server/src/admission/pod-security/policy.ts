/**
 * Which level and version a Namespace's labels ask for, and what a pod violates of it.
 * Upstream: staging/src/k8s.io/pod-security-admission/api/helpers.go, policy/registry.go.
 */
import { BASELINE_CHECKS } from './baseline.ts';
import type { Check, CheckPod, PodUnderCheck } from './check.ts';
import { RESTRICTED_CHECKS } from './restricted.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** A level of the standards as of a version of Kubernetes. */
export interface LevelVersion {
  readonly level: Level;
  /** The minor version, or `latest`. */
  readonly version: number | 'latest';
}

/** A label whose value the server cannot read. */
export interface LabelError {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
}

/** What a Namespace asks for; audit is left out, no client sees it. */
export interface PodSecurityPolicy {
  readonly enforce: LevelVersion;
  readonly warn: LevelVersion;
  /** Labels whose value cannot be read, with the server's words. */
  readonly errors: readonly {
    readonly label: string;
    readonly value: string;
    readonly detail: string;
  }[];
}

const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const PREFIX = 'pod-security.kubernetes.io/';

/** The policy of a Namespace; without labels everything is privileged. */
export function policyOf(labels: Readonly<Record<string, string>> = {}): PodSecurityPolicy {
  const errors: LabelError[] = [];
  const read = <T>(mode: string, parse: (text: string) => T | undefined, detail: string) => {
    const label = `${PREFIX}${mode}`;
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (value === undefined) return { set: false, value: undefined };
    const parsed = parse(value);
    if (parsed === undefined) errors.push({ label, value, detail });
    return { set: true, value: parsed };
  };
  const level = (mode: string) => read(mode, parseLevel, `must be one of ${LEVELS.join(', ')}`);
  const version = (mode: string) => read(mode, parseVersion, 'must be "latest" or "v1.x"');
  const enforceLevel = level('enforce');
  const enforceVersion = version('enforce-version');
  level('audit');
  version('audit-version');
  const warnLevel = level('warn');
  const warnVersion = version('warn-version');

  const enforce: LevelVersion = {
    // What cannot be read is held to the strictest level.
    level: enforceLevel.value ?? (enforceLevel.set ? 'restricted' : 'privileged'),
    version: enforceVersion.value ?? 'latest',
  };
  let warn: LevelVersion = {
    level: warnLevel.value ?? 'privileged',
    version: warnVersion.value ?? 'latest',
  };
  if (!warnLevel.set && enforceLevel.value !== undefined && enforce.level !== 'privileged') {
    warn = { level: enforce.level, version: warnVersion.set ? warn.version : enforce.version };
  }
  return { enforce, warn, errors };
}

/** `restricted:latest`, `baseline:v1.24`. */
export function formatLevelVersion({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}

/** All that a pod violates of a level, as messages write it; undefined for nothing. */
export function violationsOf(policy: LevelVersion, pod: PodUnderCheck): string | undefined {
  const texts: string[] = [];
  for (const check of checksOf(policy)) {
    const found = check(pod);
    if (!found) continue;
    texts.push(found.detail === '' ? found.reason : `${found.reason} (${found.detail})`);
  }
  return texts.length === 0 ? undefined : texts.join(', ');
}

function checksOf({ level, version }: LevelVersion): CheckPod[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? Infinity : version;
  const baseline = applicable(BASELINE_CHECKS, minor);
  if (level === 'baseline') return baseline.map((it) => it.check);
  const restricted = applicable(RESTRICTED_CHECKS, minor);
  const overridden = new Set(restricted.flatMap((it) => it.overrides ?? []));
  return [...baseline.filter((it) => !overridden.has(it.id)), ...restricted].map((it) => it.check);
}

/** The version of each check that holds, in the order of the ids (both lists are sorted). */
function applicable(checks: readonly Check[], minor: number) {
  return checks.flatMap(({ id, versions }) => {
    const newest = versions.findLast((it) => it.since <= minor);
    return newest ? [{ id, ...newest }] : [];
  });
}

function parseLevel(text: string): Level | undefined {
  return LEVELS.find((it) => it === text);
}

function parseVersion(text: string): number | 'latest' | undefined {
  if (text === 'latest') return text;
  const match = /^v1\.(0|[1-9]\d*)$/.exec(text);
  return match ? Number(match[1]) : undefined;
}
