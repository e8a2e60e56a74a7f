export {
  APP_ANNOTATION,
  APP_KEYS,
  appKeyOf,
  appValues,
  isAppValue,
  type AppKey,
} from './app-keys.ts';
export {
  type AppAssumptions,
  type AppPlace,
  type AppSettings,
  type Assumption,
} from './app-assumptions.ts';
export {
  adviseShutdown,
  type AdviceInput,
  type ClassNeed,
  type ShutdownAdvice,
  type ShutdownCost,
} from './calculator.ts';
export { type Certificate, type CertificateId } from './certificate.ts';
export { certify, type CertificateInput } from './certificates.ts';
export type {
  ClientEntry,
  ClientPlan,
  ClientScenario,
  ElectionPlan,
  EndpointChange,
  FirstContact,
  NetworkPod,
  PolicyPeer,
} from './clients/index.ts';
export { END_CAUSE_NAMES, END_CAUSES, type EndCause, type EndCauseFacts } from './end-causes.ts';
export {
  type EventOrder,
  type OrderProof,
  type OrderWitness,
  type ProofStep,
} from './event-order.ts';
export {
  commandMeaning,
  entrypointMeaning,
  hookMeaning,
  imageHasShell,
  knownImage,
  literalVariables,
  looksLikeJvm,
  ON_SIGTERM,
  parseImageName,
  parseShellScript,
  programName,
  shellCommand,
  type CommandMeaning,
  type Connector,
  type EntrypointMeaning,
  type EntrypointPlace,
  type HookMeaning,
  type HookPlace,
  type ImageName,
  type KnownImage,
  type Likely,
  type OnSigterm,
  type RemoteCall,
  type ShellCommand,
  type ShellScript,
  type ShellWord,
  type SimpleCommand,
} from './hooks/index.ts';
export type {
  Action as PodAction,
  AppBehaviour,
  AppCall,
  Behaviour as NodeBehaviour,
  ConfigChange,
  ContainerView,
  Host,
  KubeletOptions,
  NodeAction,
} from './kubelet/index.ts';
export { RestartBackOff } from './kubelet/index.ts';
export {
  eventId,
  type Actor,
  type ExpectedOrder,
  type Lane,
  type LaneGroup,
  type LifecycleEvent,
  type LifecycleSpan,
  type LifecycleTimeline,
  type SpanStyle,
} from './lifecycle-event.ts';
export {
  podModel,
  type LifecycleInput,
  type PodContainer,
  type PodModel,
} from './lifecycle-input.ts';
export { type ClientClass, type PodTraffic, type TrafficConsumer } from './pod-traffic.ts';
export {
  killAfterHang,
  killAfterStart,
  notReadyAfter,
  probeNumbers,
  type ProbeNumbers,
} from './probe-forms.ts';
export {
  PROFILE_PARAMETERS,
  type Bounds,
  type DataPlane,
  type ParameterName,
  type ProfileName,
  type SourceLetter,
} from './profile-parameters.ts';
export {
  DATA_PLANE_NAMES,
  describeParameter,
  environmentProfile,
  PARAMETER_NAMES,
  PROFILE_NAMES,
  type EnvironmentProfile,
  type EnvironmentSettings,
  type ProfileParameter,
} from './profile.ts';
export { MINIMUM_GRACE_SECONDS } from './shutdown-containers.ts';
export { forgottenBy } from './shutdown-traffic.ts';
export { predictShutdown, shutdownReference, type ShutdownInput } from './shutdown.ts';
export { predictStartup, type StartupInput } from './startup.ts';
export {
  type ChosenDelay,
  type ConcreteTimeline,
  type Join,
  type NetworkEdge,
  type NetworkEvent,
} from './temporal-network.ts';
export { parseWindow } from './window-text.ts';
