// The JSON Schema of podsage.yaml: what the editor completes and checks while one writes it.
// The reader is server/src/cluster/podsage-config.ts; test/cluster/config-schema.test.ts holds
// them together.
import {
  APP_ANNOTATION,
  APP_KEYS,
  appValues,
  DATA_PLANE_NAMES,
  ON_SIGTERM,
  PROFILE_NAMES,
  PROFILE_PARAMETERS,
  type AppKey,
} from '../server/src/lifecycle/index.ts';
import { RULES } from '../server/src/races/index.ts';

const SECONDS = { type: 'number', minimum: 0 };
/** The schema as JSON. */
export function configSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'podsage.yaml',
    description: 'What Podsage is told besides the manifests; for the editor and the command line.',
    type: 'object',
    additionalProperties: false,
    properties: {
      cluster: {
        description: 'Files or globs of the declared cluster, relative to this file.',
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      },
      kubernetesVersion: {
        description: 'The version to predict, 1.28 to 1.36. Quote it: 1.30 is a number.',
        anyOf: [
          { type: 'string', pattern: '^v?1\\.(2[89]|3[0-6])(\\.[0-9]+)?$' },
          { type: 'number', minimum: 1.28, maximum: 1.36, multipleOf: 0.01 },
        ],
        default: '1.36',
      },
      profile: {
        description: 'The environment that the bounds of delays are taken from.',
        enum: PROFILE_NAMES,
        default: 'default',
      },
      dataPlane: {
        description: 'What routes requests to pods; it narrows the bounds of the profile.',
        enum: DATA_PLANE_NAMES,
      },
      parameters: {
        description: 'Delays of your environment, in seconds: one number, or [earliest, latest].',
        type: 'object',
        additionalProperties: false,
        properties: parameters(),
      },
      app: {
        description: `What is true of every app; a pod's annotations ${APP_ANNOTATION}… go before.`,
        type: 'object',
        additionalProperties: false,
        properties: apps(),
      },
      world: {
        description: 'closed: what is not declared does not exist.',
        enum: ['open', 'closed'],
        default: 'open',
      },
      rules: {
        description: 'Severity by rule.',
        type: 'object',
        additionalProperties: false,
        properties: rules(),
      },
      baseline: {
        description: 'A file of findings that are known and do not count.',
        type: 'string',
      },
      allowSuppressions: {
        description: 'Whether comments and annotations may silence rules.',
        type: 'boolean',
        default: true,
      },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function parameters(): object {
  const pair = { type: 'array', items: SECONDS, minItems: 2, maxItems: 2 };
  return Object.fromEntries(
    Object.entries(PROFILE_PARAMETERS).map(([name, it]) => [
      name,
      {
        description: `${it.meaning}; by default ${it.default.join(' to ')} seconds.`,
        anyOf: [SECONDS, pair],
      },
    ]),
  );
}

function apps(): object {
  return Object.fromEntries(
    (Object.keys(APP_KEYS) as AppKey[]).map((key) => {
      const description = `${sentence(APP_KEYS[key])}: ${appValues(key)}.`;
      return [
        key,
        key === 'on-sigterm'
          ? { description, enum: ON_SIGTERM }
          : { description, type: ['string', 'number', 'boolean'] },
      ];
    }),
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function rules(): object {
  const sorted = RULES.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const severities = ['off', 'information', 'warning', 'error'];
  return Object.fromEntries(
    sorted.map((it) => [
      it.id,
      { description: it.summary, enum: severities, default: it.severity },
    ]),
  );
}
