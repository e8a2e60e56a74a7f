/** What a command is called with: where it writes, and its options. */

/** Where a command writes. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether `out` shows colours; undefined: find out. */
  readonly colour?: boolean;
}

/** Options as commander gives them. */
export interface Options {
  readonly json?: boolean;
  readonly brief?: boolean;
  readonly config?: string;
  readonly profile?: string;
  readonly kubernetesVersion?: string;
  readonly color?: boolean;
  readonly format?: string;
  readonly failOn?: string;
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
  readonly node?: string;
  readonly annotations?: boolean;
}
