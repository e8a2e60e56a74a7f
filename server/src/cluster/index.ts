export {
  assembleCluster,
  templatePath,
  type ClusterProblem,
  type DeclaredCluster,
} from './assemble-cluster.ts';
export {
  AuthorizerValue,
  CelError,
  compileCel,
  fromJson,
  isList,
  MapValue,
  MessageValue,
  RUNTIME_COST_BUDGET,
  toJson,
  type CelProgram,
  type CelResult,
  type CelValue,
} from './cel/index.ts';
export { ClusterSnapshot, type SnapshotPlace } from './cluster-snapshot.ts';
export { SYSTEM_PRIORITY_CLASSES } from './default-cluster.ts';
export { hostPortConflict, nodeFacts, NodeInfo, type NodeFacts } from './node-info.ts';
export {
  isClusterScoped,
  keyOfObject,
  namespaceOf,
  objectKey,
  type ObjectKey,
} from './object-key.ts';
export {
  DEFAULT_CONFIG,
  readConfig,
  type PodsageConfig,
  type RuleSeverity,
} from './podsage-config.ts';
export {
  PodInfoFactory,
  termMatches,
  type AffinityTerm,
  type HostPort,
  type PodClass,
  type PodInfo,
  type WeightedAffinityTerm,
} from './pod-info.ts';
export {
  containersOf,
  podRequests,
  type PodRequests,
  type ResourceAmounts,
} from './pod-requests.ts';
export {
  EVERYTHING,
  nextEpoch,
  noteRead,
  Read,
  record,
  unrecorded,
  type ReadContext,
  type Recorded,
  type SnapshotRole,
} from './reads.ts';
export type { PodStatusHistory, PodStatusSpan } from './pod-status-history.ts';
