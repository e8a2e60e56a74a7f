/** What the process ends with. */
export const EXIT = {
  clean: 0,
  findings: 1,
  /** A wrong option, or a file that cannot be read. */
  usage: 2,
  /** Our own fault. */
  fault: 3,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with status 2 and one line that says why. */
export class UsageError extends Error {}
