/** What docs/fidelity.md says about admission: every group of rules. */
import type { Upstream } from '../explanation/index.ts';
import { POD_FIDELITY } from './validation/pod-fidelity.ts';

/** A group of rules, the Kubernetes file it follows and what is left out of it. */
export interface AdmissionFidelity extends Upstream {
  readonly subject: string;
}

const ONLY_CREATE = ['updates', 'status'];

const CORE_FIDELITY: readonly AdmissionFidelity[] = [
  {
    subject: 'Create requests: order of the phases',
    path: 'staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go',
    omits: ['authentication', 'authorisation', 'webhooks', 'objects that exist already'],
  },
  {
    subject: 'YAML: characters, structure, scalars',
    path: 'vendor/go.yaml.in/yaml/v2/decode.go',
    omits: [
      'texts nested deeper than 1000 levels are refused (upstream: 10000)',
      'the ratio by which excessive aliasing is told: 400,000 values are the limit',
    ],
  },
  {
    subject: 'YAML: conversion to JSON',
    path: 'vendor/sigs.k8s.io/yaml/yaml.go',
    omits: ['the words for keys that are null'],
  },
  {
    subject: 'JSON: strict decoding',
    path: 'vendor/sigs.k8s.io/json/internal/golang/encoding/json/decode.go',
    omits: ['faults of the JSON text itself', 'the exact words for times and for broken base64'],
  },
  {
    subject: 'Kubernetes 1.28 to 1.35: fields that did not exist or were left out',
    path: 'CHANGELOG',
    omits: ['defaults and validation that changed between versions: they are those of 1.36'],
  },
  {
    subject: 'Resource quantities',
    path: 'staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go',
    omits: ['exponents beyond 1000 are cut'],
  },
  {
    subject: 'Errors: paths, values, messages',
    path: 'staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go',
  },
  {
    subject: 'Names, labels, ports, environment variables',
    path: 'staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go',
  },
  {
    subject: 'IP addresses and ranges',
    path: 'staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go',
  },
  {
    subject: 'Metadata',
    path: 'staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go',
    omits: ['managedFields', 'the order of labels and annotations, which upstream has at random'],
  },
  {
    subject: 'Label selectors',
    path: 'staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go',
  },
  { subject: 'Service: defaults', path: 'pkg/apis/core/v1/defaults.go' },
  {
    subject: 'Service: validation',
    path: 'pkg/apis/core/validation/validation.go (ValidateService)',
    omits: ONLY_CREATE,
  },
  {
    subject: 'Service: allocated addresses and ports',
    path: 'pkg/registry/core/service/storage/alloc.go',
    omits: ['which addresses and ports other Services hold', 'ServiceCIDR objects'],
  },
  { subject: 'Service: warnings', path: 'pkg/api/service/warnings.go' },
  {
    subject: 'Deployment, ReplicaSet, StatefulSet, DaemonSet: defaults',
    path: 'pkg/apis/apps/v1/defaults.go',
    omits: ['MaxUnavailableStatefulSet, which is off'],
  },
  {
    subject: 'Deployment, ReplicaSet, StatefulSet, DaemonSet: validation',
    path: 'pkg/apis/apps/validation/validation.go',
    omits: [...ONLY_CREATE, 'the rollback annotation', 'volume claim templates'],
  },
  { subject: 'Job, CronJob: defaults', path: 'pkg/apis/batch/v1/defaults.go' },
  {
    subject: 'Job, CronJob: validation',
    path: 'pkg/apis/batch/validation/validation.go',
    omits: ONLY_CREATE,
  },
  { subject: 'Job: selector and labels', path: 'pkg/registry/batch/job/strategy.go' },
  {
    subject: 'Cron schedules',
    path: 'vendor/github.com/robfig/cron/v3/parser.go',
    omits: ['time zones are those of the host, not of the API server'],
  },
  {
    subject: 'PodDisruptionBudget: validation',
    path: 'pkg/apis/policy/validation/validation.go',
    omits: ONLY_CREATE,
  },
];

/** Every group of rules, in the order of the phases. Plugins state theirs themselves. */
export const ADMISSION_FIDELITY: readonly AdmissionFidelity[] = [...CORE_FIDELITY, ...POD_FIDELITY];
