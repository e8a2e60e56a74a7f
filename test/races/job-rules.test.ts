import { expect, it } from 'vitest';
import { RULES } from '../../server/src/races/index.ts';
import { racesOf } from '../support/check-rule.ts';

const messages = (id: string, text: string): readonly string[] => {
  const rule = RULES.find((it) => it.id === id);
  if (!rule) throw new Error(`no rule ${id}`);
  return racesOf(rule, text).map(({ finding }) => finding.message);
};

const job = (spec: string, pod = '') => `
apiVersion: batch/v1
kind: Job
metadata: { name: work }
spec:
  ${spec}
  template:
    spec:
      restartPolicy: Never
      ${pod}
      containers: [{ name: work, image: "registry.example/work:1" }]
`;
const retries = (spec: string) =>
  messages('job-deadline-vs-retry', job(spec)).map((it) => it.replace(/, and.*:/, ':'));

it('a retry that is due at the deadline is not made', () => {
  expect(retries('backoffLimit: 6\n  activeDeadlineSeconds: 630')).toEqual([
    '6 retries need 10m 30s of waits alone: 5 of them at most are made',
  ]);
});

it('nobody asked for the retries that are the default', () => {
  expect(retries('activeDeadlineSeconds: 300')).toEqual([]);
});

it('pods that fail together make fewer and later retries', () => {
  const spec = 'parallelism: 3\n  completions: 3\n  backoffLimit: 6\n  activeDeadlineSeconds: 300';
  expect(retries(spec)).toEqual([
    '2 rounds of retries with 3 pods need 6m of waits alone: 1 of them at most are made',
  ]);
});

it('a replacement that is made after 10 s does not meet a pod that ends sooner', () => {
  const indexed = 'completionMode: Indexed\n  completions: 2';
  const found = (seconds: number) =>
    messages('job-replacement-overlap', job(indexed, `terminationGracePeriodSeconds: ${seconds}`));
  expect([found(16).length, found(17).length]).toEqual([0, 1]);
});
