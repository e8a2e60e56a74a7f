export {
  admit,
  admitYaml,
  ADMITTED_KINDS,
  REQUEST_UID,
  type CreateInput,
  type CreateResult,
} from './admission-chain.ts';
export type { Refusal, StatusCause } from './admission-plugin.ts';
export { setPodDefaults, setPodTemplateDefaults } from './defaults/pod.ts';
export { setPodSpecDefaults } from './defaults/pod-spec.ts';
export { preparePodForCreate, preparePodTemplateForCreate } from './defaults/pod-strategy.ts';
export { ORDERED_PLUGINS } from './ordered-plugins.ts';
export { ADMISSION_FIDELITY, type AdmissionFidelity } from './fidelity.ts';
export type { RegistryOptions } from './service-allocation.ts';
export { validatePodCreate, validatePodTemplateSpec } from './validation/pod.ts';
export { cronIntervalSeconds } from './validation/cron-interval.ts';
export { podTemplateWarnings, podWarnings } from './warnings/pod.ts';
export { brokenExpressions, type BrokenExpression } from './policies/expressions.ts';
export { policiesThatAskWho, webhooksFor } from './policies/unpredictable.ts';
export type { Mutation } from './mutation.ts';
