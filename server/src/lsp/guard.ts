// Keeps a fault of ours from reaching the user: what throws is logged and answered with nothing.
import { ResponseError, type CancellationToken, type RemoteConsole } from 'vscode-languageserver';

export type Log = Pick<RemoteConsole, 'error' | 'info'>;

/** Wraps a request handler. A `ResponseError` is an answer and passes. */
export function guard<P, R>(
  log: Log,
  name: string,
  nothing: R,
  work: (params: P, token: CancellationToken) => R | Promise<R>,
): (params: P, token: CancellationToken) => Promise<R> {
  return async (params, token) => {
    try {
      return await work(params, token);
    } catch (error) {
      if (error instanceof ResponseError) throw error;
      log.error(`${name}: ${describe(error)}`);
      return nothing;
    }
  };
}

/** The same for work that nobody waits for. */
export function attempt<R>(log: Log, name: string, nothing: R, work: () => R): R {
  try {
    return work();
  } catch (error) {
    log.error(`${name}: ${describe(error)}`);
    return nothing;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
