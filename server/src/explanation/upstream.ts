/** The Kubernetes file that a simulation follows, and what it leaves out. Feeds `docs/fidelity.md`. */
export interface Upstream {
  /** Path in the kubernetes/kubernetes repository at the version this follows (v1.36.2). */
  readonly path: string;
  /** What is left out on purpose, one phrase each. */
  readonly omits?: readonly string[];
}
