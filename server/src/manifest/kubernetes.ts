/**
 * The Kubernetes object types, deeply readonly. Types only: nothing of kubernetes-models is bundled.
 * `Pod` and its like stand for objects as the API server would store them, so what defaulting and
 * validation guarantee (`metadata.name`, `spec`) is required here.
 */
import type { IDaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IReplicaSet } from 'kubernetes-models/apps/v1/ReplicaSet';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IEndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1/EndpointSlice';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IRuntimeClass } from 'kubernetes-models/node.k8s.io/v1/RuntimeClass';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IPriorityClass } from 'kubernetes-models/scheduling.k8s.io/v1/PriorityClass';
import type { ICSIDriver } from 'kubernetes-models/storage.k8s.io/v1/CSIDriver';
import type { ICSINode } from 'kubernetes-models/storage.k8s.io/v1/CSINode';
import type { ICSIStorageCapacity } from 'kubernetes-models/storage.k8s.io/v1/CSIStorageCapacity';
import type { IStorageClass } from 'kubernetes-models/storage.k8s.io/v1/StorageClass';
import type { IAffinity } from 'kubernetes-models/v1/Affinity';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IContainerPort } from 'kubernetes-models/v1/ContainerPort';
import type { ILifecycleHandler } from 'kubernetes-models/v1/LifecycleHandler';
import type { ILimitRange } from 'kubernetes-models/v1/LimitRange';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { INode } from 'kubernetes-models/v1/Node';
import type { INodeSelectorTerm } from 'kubernetes-models/v1/NodeSelectorTerm';
import type { IPersistentVolume } from 'kubernetes-models/v1/PersistentVolume';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IPod } from 'kubernetes-models/v1/Pod';
import type { IPodAffinityTerm } from 'kubernetes-models/v1/PodAffinityTerm';
import type { IPodCondition } from 'kubernetes-models/v1/PodCondition';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { IProbe } from 'kubernetes-models/v1/Probe';
import type { IResourceQuota } from 'kubernetes-models/v1/ResourceQuota';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { ITaint } from 'kubernetes-models/v1/Taint';
import type { IToleration } from 'kubernetes-models/v1/Toleration';
import type { ITopologySpreadConstraint } from 'kubernetes-models/v1/TopologySpreadConstraint';
import type { IVolume } from 'kubernetes-models/v1/Volume';

/** The same shape, nothing of it assignable. */
export type DeepReadonly<T> = T extends (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** Metadata as stored: the name is always there. */
export interface StoredMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly uid?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly generation?: number;
  readonly resourceVersion?: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

type Stored<T, R extends keyof T = never> = DeepReadonly<
  Omit<T, 'metadata' | R> & { [K in R]-?: NonNullable<T[K]> }
> & { readonly metadata: StoredMetadata };

export type Pod = Stored<IPod, 'spec'>;
export type PodSpec = DeepReadonly<IPodSpec>;
export type PodTemplateSpec = DeepReadonly<IPodTemplateSpec>;
export type PodCondition = DeepReadonly<IPodCondition>;
export type Container = DeepReadonly<IContainer>;
export type ContainerPort = DeepReadonly<IContainerPort>;
export type Probe = DeepReadonly<IProbe>;
export type LifecycleHandler = DeepReadonly<ILifecycleHandler>;
export type Volume = DeepReadonly<IVolume>;
export type Affinity = DeepReadonly<IAffinity>;
export type NodeSelectorTerm = DeepReadonly<INodeSelectorTerm>;
export type PodAffinityTerm = DeepReadonly<IPodAffinityTerm>;
export type Taint = DeepReadonly<ITaint>;
export type Toleration = DeepReadonly<IToleration>;
export type TopologySpreadConstraint = DeepReadonly<ITopologySpreadConstraint>;

export type Node = Stored<INode>;
export type Namespace = Stored<INamespace>;
export type Service = Stored<IService, 'spec'>;
export type ServiceAccount = Stored<IServiceAccount>;
export type ConfigMap = Stored<IConfigMap>;
export type Secret = Stored<ISecret>;
export type LimitRange = Stored<ILimitRange>;
export type ResourceQuota = Stored<IResourceQuota>;
export type PersistentVolume = Stored<IPersistentVolume>;
export type PersistentVolumeClaim = Stored<IPersistentVolumeClaim>;
export type StorageClass = Stored<IStorageClass>;
export type CSIDriver = Stored<ICSIDriver>;
export type CSINode = Stored<ICSINode>;
export type CSIStorageCapacity = Stored<ICSIStorageCapacity>;
export type PriorityClass = Stored<IPriorityClass>;
export type RuntimeClass = Stored<IRuntimeClass>;
export type Deployment = Stored<IDeployment, 'spec'>;
export type ReplicaSet = Stored<IReplicaSet, 'spec'>;
export type StatefulSet = Stored<IStatefulSet, 'spec'>;
export type DaemonSet = Stored<IDaemonSet, 'spec'>;
export type Job = Stored<IJob, 'spec'>;
export type CronJob = Stored<ICronJob, 'spec'>;
export type PodDisruptionBudget = Stored<IPodDisruptionBudget, 'spec'>;
export type HorizontalPodAutoscaler = Stored<IHorizontalPodAutoscaler, 'spec'>;
export type Ingress = Stored<IIngress>;
export type NetworkPolicy = Stored<INetworkPolicy>;
export type EndpointSlice = Stored<IEndpointSlice>;

/** The kinds the simulations read, by name. */
export interface KindMap {
  readonly Pod: Pod;
  readonly Node: Node;
  readonly Namespace: Namespace;
  readonly Service: Service;
  readonly ServiceAccount: ServiceAccount;
  readonly ConfigMap: ConfigMap;
  readonly Secret: Secret;
  readonly LimitRange: LimitRange;
  readonly ResourceQuota: ResourceQuota;
  readonly PersistentVolume: PersistentVolume;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly StorageClass: StorageClass;
  readonly CSIDriver: CSIDriver;
  readonly CSINode: CSINode;
  readonly CSIStorageCapacity: CSIStorageCapacity;
  readonly PriorityClass: PriorityClass;
  readonly RuntimeClass: RuntimeClass;
  readonly Deployment: Deployment;
  readonly ReplicaSet: ReplicaSet;
  readonly StatefulSet: StatefulSet;
  readonly DaemonSet: DaemonSet;
  readonly Job: Job;
  readonly CronJob: CronJob;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  readonly Ingress: Ingress;
  readonly NetworkPolicy: NetworkPolicy;
  readonly EndpointSlice: EndpointSlice;
}

/** Any Kubernetes object, of a kind we know or not. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: StoredMetadata;
}
