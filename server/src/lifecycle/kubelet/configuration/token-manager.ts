/**
 * Decides when a pod is given another service account token.
 * After pkg/kubelet/token/token_manager.go; the life of a token is the API server's
 * (pkg/registry/core/serviceaccount/storage/token.go).
 * Left out: requests that fail, and the end of a token with its pod.
 */
import type { Clock } from '../clock.ts';

const DAY_SECONDS = 86_400;
/** No token is used for longer, however long it lives. */
const MAX_AGE_SECONDS = DAY_SECONDS;
/** The part of its life that is left when it is replaced, and what chance adds. */
const LEAST_LEFT = 0.2;
const MAX_JITTER_SECONDS = 10;
/** Asks as the admission plugin does: accepted for a year, replaced as if it lived this long. */
const EXTENDED_SECONDS = 3607;
const DEFAULT_SECONDS = 3600;

/** What a volume asks for. */
export interface TokenRequest {
  readonly audience?: string;
  readonly expirationSeconds?: number;
}

/** One token; `expires` is when the API server, or the audience, refuses it. */
export interface Token {
  readonly number: number;
  readonly issued: number;
  readonly expires: number;
}

/** The tokens of one pod: the same for all that ask alike. */
export class TokenManager {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #tokens = new Map<string, Token>();
  #number = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The token at hand, or a new one where that is due; `onNew` is told of it. */
  get(request: TokenRequest, onNew: (token: Token) => void): Token {
    const { audience, expirationSeconds = DEFAULT_SECONDS } = request;
    const key = `${audience ?? ''}/${expirationSeconds}`;
    const old = this.#tokens.get(key);
    if (old && !this.#isDue(old, expirationSeconds)) return old;
    const issued = this.#clock.now;
    const extended = audience === undefined && expirationSeconds === EXTENDED_SECONDS;
    const life = extended ? 365 * DAY_SECONDS : expirationSeconds;
    const token = { number: ++this.#number, issued, expires: issued + life };
    this.#tokens.set(key, token);
    onNew(token);
    return token;
  }

  #isDue({ issued }: Token, seconds: number): boolean {
    const jitter = Math.floor(this.#random() * MAX_JITTER_SECONDS);
    const left = Math.floor(seconds * LEAST_LEFT);
    const age = this.#clock.now - issued;
    return age > MAX_AGE_SECONDS - jitter || age > seconds - left - jitter;
  }
}
