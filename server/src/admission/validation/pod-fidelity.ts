/** What docs/fidelity.md says about the Pod in admission. */
import type { Upstream } from '../../explanation/index.ts';

/** A group of rules, the Kubernetes file it follows and what is left out of it. */
export interface Fidelity extends Upstream {
  readonly subject: string;
}

/** Defaults, validation and warnings of Pods and pod templates. */
export const POD_FIDELITY: readonly Fidelity[] = [
  {
    subject: 'Pod and pod template: defaults',
    path: 'pkg/apis/core/v1/defaults.go',
  },
  {
    subject: 'Pod and pod template: conversion',
    path: 'pkg/apis/core/v1/conversion.go',
  },
  {
    subject: 'Pod: registry strategy',
    path: 'pkg/registry/core/pod/strategy.go',
    omits: ['the clock: a condition has the time it is given, else the epoch'],
  },
  {
    subject: 'Pod and pod template: fields of disabled features',
    path: 'pkg/api/pod/util.go',
    omits: ['feature gates other than the defaults'],
  },
  {
    subject: 'Pod and pod template: validation',
    path: 'pkg/apis/core/validation/validation.go',
    omits: [
      'updates of existing Pods',
      'tolerations in the annotation scheduler.alpha.kubernetes.io/tolerations',
      'clusterTrustBundle and podCertificate in projected volumes, dropped with their feature gates',
      'comparing tolerations (Lt, Gt), off by default',
    ],
  },
  {
    subject: 'Pod: quality of service class',
    path: 'pkg/apis/core/helper/qos/qos.go',
  },
  {
    subject: 'Pod and pod template: warnings',
    path: 'pkg/api/pod/warnings.go',
  },
];
