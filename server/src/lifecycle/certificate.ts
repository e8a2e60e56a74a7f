/** A proof that something cannot go wrong: the shape that all certificates share. */
import type { Citable } from '../manifest/index.ts';

/** The certificates that are decided here. */
export type CertificateId =
  | 'cert-drain'
  | 'cert-inflight'
  | 'cert-sidecar'
  | 'cert-early'
  | 'cert-boot'
  | 'cert-rollout'
  | 'cert-handover'
  | 'cert-drainable'
  | 'cert-once'
  | 'cert-config'
  | 'cert-order';

/** One proof. */
export interface Certificate {
  readonly id: CertificateId;
  /** The container or consumer it is about, where it is about one. */
  readonly subject: string | undefined;
  /** «No new connection reaches a closed listener when web is deleted». */
  readonly claim: string;
  /** «Safe because …»: one step each. */
  readonly because: readonly string[];
  /** By how much it holds, where it is a matter of time. */
  readonly marginSeconds: number | undefined;
  /** The profile parameters and app assumptions it rests on. */
  readonly assumptions: readonly string[];
  readonly cites: readonly Citable[];
}
