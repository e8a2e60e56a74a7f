/** What the container runtime holds of a pod, and what one look at it shows. */
import type { Container } from '../../manifest/index.ts';
import type { App } from './app-behaviour.ts';
import type { Signal } from './clock.ts';

/** A container as the runtime holds it. */
export interface RuntimeContainer {
  readonly id: number;
  readonly name: string;
  /** The attempt of the CRI metadata: back to 0 after RestartAllContainers. */
  readonly attempt: number;
  readonly image: string;
  /** Those it runs with; a resize in place changes them. */
  resources: Container['resources'];
  readonly app: App;
  readonly stopSignal: string;
  readonly exited: Signal;
  readonly calls: Map<string, number>;
  state: 'created' | 'running' | 'exited';
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  reason: string;
  message: string | undefined;
  signalled: boolean;
}

/** What one look at the runtime shows: the newest containers first. */
export interface RuntimeView {
  readonly sandboxReady: boolean;
  readonly sandboxMade: boolean;
  readonly containers: readonly ContainerView[];
}

export type ContainerView = Pick<
  RuntimeContainer,
  | 'id'
  | 'name'
  | 'attempt'
  | 'image'
  | 'resources'
  | 'state'
  | 'startedAt'
  | 'finishedAt'
  | 'exitCode'
  | 'reason'
  | 'message'
>;

export const NOTHING: RuntimeView = { sandboxReady: false, sandboxMade: false, containers: [] };

/** The result of a command in a container. */
export interface ExecResult {
  readonly exitCode?: number;
  readonly error?: string;
  readonly timedOut?: boolean;
  readonly output?: string;
}

/** The container as one look shows it. */
export function snapshot(it: RuntimeContainer): ContainerView {
  const { id, name, attempt, image, resources, state, startedAt } = it;
  const { finishedAt, exitCode, reason, message } = it;
  return {
    id,
    name,
    attempt,
    image,
    resources,
    state,
    startedAt,
    finishedAt,
    exitCode,
    reason,
    message,
  };
}
