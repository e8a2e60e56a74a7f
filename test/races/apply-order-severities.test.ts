import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/races/index.ts';
import { racesOf } from '../support/check-rule.ts';

const pod = (fields: string) => `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [{ name: app, image: "registry.example/web:1", ${fields} }] }
---`;
const config = (name: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
---`;
const service = `
apiVersion: v1
kind: Service
metadata: { name: cache }
spec: { selector: { app: cache }, ports: [{ port: 6379 }] }
---`;
const webhook = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: slow }
---`;
const others = (count: number) => Array.from({ length: count }, (_, i) => config(`c${i}`)).join('');

const env = pod('envFrom: [{ configMapRef: { name: web, optional: true } }]');
const volume = env
  .replace(/envFrom: .*\]/, 'volumeMounts: [{ name: web, mountPath: /web }]')
  .replace(
    'spec: {',
    'spec: { volumes: [{ name: web, configMap: { name: web, optional: true } }],',
  );

describe('an object that one apply creates after the pod that reads it', () => {
  it.each([
    ['a request later', `${env}${config('web')}`, 'information'],
    ['many requests later', `${env}${others(5)}${config('web')}`, 'warning'],
    ['a request later, behind webhooks', `${webhook}${env}${config('web')}`, 'warning'],
    ['in a folder of its own', `#- a/web.yaml${env}\n#- b/web.yaml${config('web')}`, 'warning'],
    ['a request later, for a volume', `${volume}${config('web')}`, 'warning'],
  ])('%s: %s', (_, text, severity) => {
    expect(severities('config-optional-race', text)).toEqual([severity]);
  });

  it('is a Service: by the profile its variables are there a request later', () => {
    const reader = pod('args: [$(CACHE_SERVICE_HOST)]');
    expect(severities('service-env-ordering', `${reader}${service}`)).toEqual(['information']);
    const late = `${reader}${others(5)}${service}`;
    expect(severities('service-env-ordering', late)).toEqual(['warning']);
  });
});

function severities(id: string, text: string): readonly string[] {
  const rule = RULES.find((it) => it.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return racesOf(rule, text).map(({ finding }) => finding.severity ?? rule.severity);
}
