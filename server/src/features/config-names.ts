/** Names in `podsage.yaml` that nothing reads: without a word a typing error would stay unseen. */
import type { PodsageConfig } from '../cluster/index.ts';
import {
  APP_KEYS,
  appValues,
  DATA_PLANE_NAMES,
  isAppValue,
  PARAMETER_NAMES,
  type AppKey,
} from '../lifecycle/index.ts';
import type { Problem, TreeNode } from '../manifest/index.ts';
import { RULES } from '../races/index.ts';
import { keyRange } from './config-hover.ts';

export function unknownNames(
  root: TreeNode | undefined,
  config: PodsageConfig,
): readonly Problem[] {
  const problem = (path: readonly string[], message: string): readonly Problem[] => {
    const range = keyRange(root, path);
    return range ? [{ code: 'configuration', severity: 'error', message, range }] : [];
  };
  const unknown = (
    section: 'parameters' | 'app' | 'rules',
    known: readonly string[],
    what: string,
  ) =>
    Object.keys(config[section])
      .filter((it) => !known.includes(it))
      .flatMap((it) => problem([section, it], `there is no ${what} "${it}"${listed(known)}`));
  const { dataPlane } = config;
  return [
    ...(dataPlane !== undefined && !DATA_PLANE_NAMES.some((it) => it === dataPlane)
      ? problem(['dataPlane'], `there is no data plane "${dataPlane}"${listed(DATA_PLANE_NAMES)}`)
      : []),
    ...unknown('parameters', PARAMETER_NAMES, 'parameter'),
    ...unknown('app', Object.keys(APP_KEYS), 'assumption'),
    ...Object.entries(config.app).flatMap(([key, value]) =>
      isAppKey(key) && !isAppValue(key, value)
        ? problem(['app', key], `"${value}" cannot be read: ${appValues(key)}`)
        : [],
    ),
    ...unknown(
      'rules',
      RULES.map((it) => it.id),
      'rule',
    ),
  ];
}

function isAppKey(text: string): text is AppKey {
  return Object.hasOwn(APP_KEYS, text);
}

/** Long lists would bury the message; `podsage rules` prints those. */
function listed(names: readonly string[]): string {
  return names.length > 20 ? '' : `; there are ${names.join(', ')}`;
}
