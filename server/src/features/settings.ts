/** What a host may set, over and above `podsage.yaml`. */
import { DEFAULT_CONFIG, type PodsageConfig, type RuleSeverity } from '../cluster/index.ts';

/** Settings of the editor or options of the command line; unset ones leave the file's. */
export interface WorkspaceSettings {
  /** `1.36`. */
  readonly kubernetesVersion?: string | undefined;
  readonly profile?: string | undefined;
  /** Severity by rule id; `hint` is shown as information. */
  readonly rules?: Readonly<Record<string, RuleSeverity | 'hint'>>;
}

/** The file's configuration with the settings a host has; what the user chose at the host wins. */
export function effectiveConfig(
  file: PodsageConfig | undefined,
  settings: WorkspaceSettings,
): PodsageConfig {
  const base = file ?? DEFAULT_CONFIG;
  const version = /^v?(1\.\d+)/.exec(settings.kubernetesVersion ?? '')?.[1];
  const rules = Object.fromEntries(
    Object.entries(settings.rules ?? {}).map(([id, it]) => [
      id,
      it === 'hint' ? 'information' : it,
    ]),
  );
  return {
    ...base,
    // An editor's version is a default: what the repository says is shared by everybody.
    kubernetesVersion:
      file?.kubernetesVersion !== undefined && file !== DEFAULT_CONFIG && !version
        ? file.kubernetesVersion
        : (version ?? base.kubernetesVersion),
    profile: settings.profile ?? base.profile,
    rules: { ...base.rules, ...rules },
  };
}
