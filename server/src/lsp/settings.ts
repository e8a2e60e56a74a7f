// The user's settings as the engine wants them; whatever a client sends becomes one of these.

export type RuleSeverity = 'off' | 'hint' | 'information' | 'warning' | 'error';

export interface ServerSettings {
  /** Off: no diagnostics, hover and views stay. */
  readonly diagnostics: boolean;
  readonly codeLenses: boolean;
  readonly inlayHints: boolean;
  /** `1.36`; undefined where neither `podsage.…` nor `yaml.kubernetesVersion` says. */
  readonly kubernetesVersion: string | undefined;
  /** Name of the environment profile; undefined where the user has not chosen. */
  readonly profile: string | undefined;
  /** Severity by rule id, where the user chose one. */
  readonly rules: Readonly<Record<string, RuleSeverity>>;
}

const SEVERITIES: readonly unknown[] = ['off', 'hint', 'information', 'warning', 'error'];

/** The settings of a client that sends none. */
export const DEFAULT_SETTINGS: ServerSettings = {
  diagnostics: true,
  codeLenses: true,
  inlayHints: true,
  kubernetesVersion: undefined,
  profile: undefined,
  rules: {},
};

/** Reads the `podsage` and the `yaml` section as clients send them; what is wrong counts as unset. */
export function readSettings(podsage: unknown, yaml: unknown): ServerSettings {
  return {
    diagnostics: flag(podsage, 'diagnostics', 'enabled'),
    codeLenses: flag(podsage, 'codeLenses', 'enabled'),
    inlayHints: flag(podsage, 'inlayHints', 'enabled'),
    kubernetesVersion:
      word(at(podsage, 'kubernetesVersion')) ?? word(at(yaml, 'kubernetesVersion')),
    profile: word(at(podsage, 'profile')),
    rules: severities(at(podsage, 'rules')),
  };
}

function at(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function flag(section: unknown, group: string, key: string): boolean {
  return at(at(section, group), key) !== false;
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function severities(value: unknown): Record<string, RuleSeverity> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, it]) => isSeverity(it)));
}

function isSeverity(value: unknown): value is RuleSeverity {
  return SEVERITIES.includes(value);
}
