/**
 * The defaults of a pod spec, in a Pod and in a template alike.
 * Follows SetDefaults_PodSpec, _Container, _Probe and _HTTPGetAction of
 * pkg/apis/core/v1/defaults.go and SetObjectDefaults_Pod of zz_generated.defaults.go, which adds
 * what the types declare.
 */
import type { Container, PodSpec, Probe } from '../../manifest/index.ts';
import type { Mutable } from '../draft.ts';
import {
  defaultPullPolicy,
  isUnset,
  setDivisorDefault,
  roundResourceList,
  setFieldRefDefaults,
} from './pod-shared.ts';
import { setVolumeDefaults } from './pod-volumes.ts';

/** Fills in what a pod spec leaves out. The draft is changed in place. */
export function setPodSpecDefaults(podSpec: PodSpec): void {
  const spec = podSpec as Mutable<PodSpec>;
  setOwnDefaults(spec);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
  for (const container of spec.initContainers ?? []) setContainerDefaults(container);
  for (const container of spec.containers ?? []) setContainerDefaults(container);
  for (const container of spec.ephemeralContainers ?? []) setContainerDefaults(container);
  roundResourceList(spec.overhead);
  roundResourceList(spec.resources?.limits);
  roundResourceList(spec.resources?.requests);
}

function setOwnDefaults(spec: Mutable<PodSpec>): void {
  if (isUnset(spec.dnsPolicy)) spec.dnsPolicy = 'ClusterFirst';
  if (isUnset(spec.restartPolicy)) spec.restartPolicy = 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  if (isUnset(spec.schedulerName)) spec.schedulerName = 'default-scheduler';
  // The deprecated name is kept in step with the other when the server converts the object.
  if (isUnset(spec.serviceAccountName) && !isUnset(spec.serviceAccount)) {
    spec.serviceAccountName = spec.serviceAccount;
  }
  if (!isUnset(spec.serviceAccountName)) spec.serviceAccount = spec.serviceAccountName;
}

function setContainerDefaults(container: Mutable<Container>): void {
  if (isUnset(container.imagePullPolicy)) {
    container.imagePullPolicy = defaultPullPolicy(container.image ?? '');
  }
  if (isUnset(container.terminationMessagePath)) {
    container.terminationMessagePath = '/dev/termination-log';
  }
  if (isUnset(container.terminationMessagePolicy)) container.terminationMessagePolicy = 'File';
  container.resources ??= {};
  for (const port of container.ports ?? []) {
    if (isUnset(port.protocol)) port.protocol = 'TCP';
  }
  for (const { valueFrom } of container.env ?? []) {
    setFieldRefDefaults(valueFrom?.fieldRef);
    setDivisorDefault(valueFrom?.resourceFieldRef);
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  roundResourceList(container.resources.limits);
  roundResourceList(container.resources.requests);
  setProbeDefaults(container.livenessProbe);
  setProbeDefaults(container.readinessProbe);
  setProbeDefaults(container.startupProbe);
  setHttpGetDefaults(container.lifecycle?.postStart?.httpGet);
  setHttpGetDefaults(container.lifecycle?.preStop?.httpGet);
}

function setProbeDefaults(probe: Mutable<Probe> | undefined): void {
  if (!probe) return;
  if ((probe.timeoutSeconds ?? 0) === 0) probe.timeoutSeconds = 1;
  if ((probe.periodSeconds ?? 0) === 0) probe.periodSeconds = 10;
  if ((probe.successThreshold ?? 0) === 0) probe.successThreshold = 1;
  if ((probe.failureThreshold ?? 0) === 0) probe.failureThreshold = 3;
  setHttpGetDefaults(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

type HttpGet = NonNullable<Mutable<Probe>['httpGet']>;

function setHttpGetDefaults(action: HttpGet | undefined): void {
  if (!action) return;
  if (isUnset(action.path)) action.path = '/';
  if (isUnset(action.scheme)) action.scheme = 'HTTP';
}
