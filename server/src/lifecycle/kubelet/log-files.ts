/**
 * Decides how much disk the logs of one process take: the file it writes to, those that were
 * rotated away, of which all but the newest are compressed.
 * After rotateLog in pkg/kubelet/logs/container_log_manager.go.
 */
import { bytesAt, type Running } from './growth.ts';

const MI = 1024 * 1024;
/** containerLogMaxSize and containerLogMaxFiles (pkg/kubelet/apis/config/v1beta1/defaults.go). */
const MAX_SIZE_BYTES = 10 * MI;
const MAX_FILES = 5;

export interface LogLimits {
  readonly containerLogMaxSize?: number;
  readonly containerLogMaxFiles?: number;
}

export class LogFiles {
  readonly #written: Running;
  readonly #compressTo: number;
  /** All bytes that are in rotated files, or were before those were removed. */
  #rotatedAway = 0;
  #newest = 0;
  #compressed: number[] = [];
  #ended: number | undefined;

  constructor(written: Running, compressTo: number) {
    this.#written = written;
    this.#compressTo = compressTo;
  }

  bytes(now: number): number {
    return this.#compressed.reduce((sum, it) => sum + it, this.#current(now) + this.#newest);
  }

  /** Nothing is written any more. */
  end(now: number): void {
    this.#ended ??= now;
  }

  /** One look of the log manager; true where it has rotated. */
  rotate(now: number, limits: LogLimits | undefined): boolean {
    const size = this.#current(now);
    const { containerLogMaxSize = MAX_SIZE_BYTES, containerLogMaxFiles = MAX_FILES } = limits ?? {};
    if (this.#ended !== undefined || size < containerLogMaxSize) return false;
    // The file that is written to and the one it was are besides these.
    const kept = Math.max(0, containerLogMaxFiles - 2);
    if (this.#newest > 0) this.#compressed.push(this.#newest * this.#compressTo);
    this.#compressed = this.#compressed.slice(Math.max(0, this.#compressed.length - kept));
    this.#newest = size;
    this.#rotatedAway += size;
    return true;
  }

  #current(now: number): number {
    return bytesAt(this.#written, Math.min(now, this.#ended ?? now)) - this.#rotatedAway;
  }
}
