/**
 * Pods as they reach validation: decoded and defaulted, but nothing is guaranteed to be there, and
 * enumerated fields may hold any text. A stored Pod fits these types too.
 */
import type {
  Affinity as StoredAffinity,
  Container as StoredContainer,
  ContainerPort as StoredContainerPort,
  LabelSelector as StoredLabelSelector,
  LifecycleHandler as StoredLifecycleHandler,
  NodeSelectorTerm as StoredNodeSelectorTerm,
  PodAffinityTerm as StoredPodAffinityTerm,
  PodSpec as StoredPodSpec,
  Probe as StoredProbe,
  Toleration as StoredToleration,
  TopologySpreadConstraint as StoredTopologySpreadConstraint,
  Volume as StoredVolume,
} from '../../manifest/index.ts';

/** The same shape with every field optional and every text free. Maps and selectors stay. */
export type Written<T> = T extends string
  ? string
  : T extends readonly (infer U)[]
    ? readonly Written<U>[]
    : 'matchLabels' extends keyof T
      ? T
      : T extends object
        ? string extends keyof T
          ? T
          : { readonly [K in keyof T]?: Written<T[K]> }
        : T;

export type Affinity = Written<StoredAffinity>;
export type Container = Written<StoredContainer>;
export type ContainerPort = Written<StoredContainerPort>;
export type LabelSelector = StoredLabelSelector;
export type LifecycleHandler = Written<StoredLifecycleHandler>;
export type NodeSelectorTerm = Written<StoredNodeSelectorTerm>;
export type PodAffinityTerm = Written<StoredPodAffinityTerm>;
export type PodSpec = Written<StoredPodSpec>;
export type Probe = Written<StoredProbe>;
export type Toleration = Written<StoredToleration>;
export type TopologySpreadConstraint = Written<StoredTopologySpreadConstraint>;
export type Volume = Written<StoredVolume>;
