let report: (message: string) => void = (message) => {
  throw new Error(message);
};

/**
 * Marks what cannot be, if the code is right. Throws under test; a host that must not fall over
 * replaces the reporter, and the caller goes on with its empty answer.
 */
export function never(condition: boolean, message: string): void {
  if (condition) report(`never: ${message}`);
}

/** The editor logs instead of throwing. */
export function onNever(reporter: (message: string) => void): void {
  report = reporter;
}
