/** Records the events of one pod, the same ones counted, as the API shows them. */
import type { PodLife } from './pod-life.ts';

export class EventRecorder {
  readonly #life: PodLife;
  #counts = new Map<string, number>();

  constructor(life: PodLife) {
    this.#life = life;
  }

  normal(reason: string, message: string, container?: string): void {
    this.#record('Normal', reason, message, container);
  }

  warning(reason: string, message: string, container?: string): void {
    this.#record('Warning', reason, message, container);
  }

  #record(type: string, reason: string, message: string, container?: string): void {
    const key = `${reason}|${container ?? ''}|${message}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const detail = count === 1 ? { type, message } : { type, message, count };
    const { clock, timing } = this.#life.node;
    clock.after(timing.stepSeconds * 2, () => this.#life.trace('event', reason, container, detail));
  }
}
