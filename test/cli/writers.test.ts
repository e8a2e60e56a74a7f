import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { inFolder } from './run-cli.ts';

const SERVED = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: registry.example/web:1
          ports: [{ containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
`;

const TEXT = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string', minLength: 1 } },
};
const LINE = { type: 'integer', minimum: 1 };
const LOCATION = {
  type: 'object',
  required: ['physicalLocation'],
  properties: {
    id: { type: 'integer', minimum: 0 },
    message: TEXT,
    physicalLocation: {
      type: 'object',
      required: ['artifactLocation', 'region'],
      additionalProperties: false,
      properties: {
        artifactLocation: {
          type: 'object',
          required: ['uri'],
          properties: { uri: { type: 'string', pattern: '^[^ ]+$' } },
        },
        region: {
          type: 'object',
          required: ['startLine'],
          additionalProperties: false,
          properties: { startLine: LINE, startColumn: LINE, endLine: LINE, endColumn: LINE },
        },
      },
    },
  },
  additionalProperties: false,
};
const LEVEL = { enum: ['none', 'note', 'warning', 'error'] };
/** The part of SARIF 2.1.0 that code scanning reads. */
const SARIF = {
  type: 'object',
  required: ['version', 'runs'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['tool', 'results'],
        additionalProperties: false,
        properties: {
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          tool: {
            type: 'object',
            required: ['driver'],
            properties: {
              driver: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string' },
                  semanticVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: {
                      type: 'object',
                      required: ['id'],
                      additionalProperties: false,
                      properties: {
                        id: { type: 'string' },
                        shortDescription: TEXT,
                        fullDescription: TEXT,
                        help: TEXT,
                        defaultConfiguration: { properties: { level: LEVEL } },
                      },
                    },
                  },
                },
              },
            },
          },
          results: {
            type: 'array',
            items: {
              type: 'object',
              required: ['message', 'ruleId'],
              additionalProperties: false,
              properties: {
                ruleId: { type: 'string' },
                level: LEVEL,
                message: TEXT,
                locations: { type: 'array', items: LOCATION },
                relatedLocations: { type: 'array', items: LOCATION },
                partialFingerprints: {
                  type: 'object',
                  additionalProperties: { type: 'string', minLength: 1 },
                },
              },
            },
          },
        },
      },
    },
  },
};

interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly level: string;
        readonly locations: readonly [
          { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } },
        ];
      }[];
    },
  ];
}

describe('the text for people', () => {
  it('stands by file, with the quick fix, or once with the remedy of the rule', () => {
    const other = SERVED.replaceAll(/\bweb\b/g, 'shop');
    inFolder({ 'shop.yaml': other, 'web.yaml': SERVED }, (folder) => {
      const { out } = folder.run('check', './shop.yaml', './web.yaml');
      const count = (text: string) => out.split(text).length - 1;
      expect(count('web.yaml')).toBe(1);
      expect(count('single-replica-node-disruption')).toBe(2);
      expect(count('fix: Run two replicas')).toBe(1);
      expect(count('fix: Add a readiness probe on port 8080\n')).toBe(2);
    });
  });
});

describe('SARIF', () => {
  it('has the shape of 2.1.0, with each rule that is used described once', () => {
    inFolder({ 'my web.yaml': SERVED }, (folder) => {
      const { out, status } = folder.run('check', '--format', 'sarif', './my web.yaml');
      const log = JSON.parse(out) as Sarif;
      const ajv = new Ajv({ strict: false, allErrors: true });
      ajv.validate(SARIF, log);
      expect(ajv.errors ?? []).toEqual([]);
      const [run] = log.runs;
      const used = run.results.map((it) => it.ruleId);
      expect(used).toContain('no-prestop-endpoint-race');
      expect(run.tool.driver.rules.map((it) => it.id)).toEqual([
        ...new Set(run.tool.driver.rules.map((it) => it.id)),
      ]);
      const [first] = run.results;
      expect(first?.locations[0].physicalLocation.artifactLocation.uri).toMatch(
        /^file:\/\/\/.*\/my%20web\.yaml$/,
      );
      expect(status).toBe(1);
    });
  });
});

describe('GitHub workflow commands', () => {
  it('are one line a finding, with what would end them escaped', () => {
    inFolder({ 'web.yaml': SERVED.replace('name: app', 'name: "a,b"') }, (folder) => {
      const { out } = folder.run('check', '--format', 'github', './web.yaml');
      const lines = out.trimEnd().split('\n');
      for (const line of lines) {
        expect(line).toMatch(
          /^::(?:error|warning|notice) file=[^,]+,line=\d+,col=\d+,title=[^:]+::./,
        );
      }
      expect(out).toContain('title=FieldValueInvalid::');
      expect(out).toContain('"a%2Cb"');
    });
  });
});
