/**
 * Decides when an image is there: pull policy, one pull at a time per node (or as many as the node
 * allows), and the back-off of failed pulls.
 * After pkg/kubelet/images/image_manager.go and puller.go. Left out: credentials, image volumes.
 */
import type { Container } from '../../manifest/index.ts';
import { type Clock, type Process, Signal } from './clock.ts';
import type { PodLife } from './pod-life.ts';
import { meaningOf } from './registry.ts';
import type { Behaviour } from './scenario.ts';

/** Why an image is not there, and until when it is not tried again. */
export interface ImageFailure {
  readonly reason: string;
  readonly message: string;
  readonly until?: number;
}

const LONG_PULL = 0.03;

/** The images of one node. */
export class ImageManager {
  readonly #clock: Clock;
  readonly #behaviour: Behaviour | undefined;
  readonly #parallel: number;
  /** By name; the digest where the registry is told of. */
  #present = new Map<string, string | undefined>();
  #failures = new Map<string, number>();
  #running = 0;
  #queue: Signal[] = [];

  constructor(clock: Clock, behaviour: Behaviour | undefined, parallel: number) {
    this.#clock = clock;
    this.#behaviour = behaviour;
    this.#parallel = parallel;
  }

  /** What a name means on this node. */
  digestOf(image: string): string | undefined {
    return this.#present.get(image);
  }

  /** Makes sure that a container's image is there. */
  *ensure(life: PodLife, container: Container): Process<ImageFailure | undefined> {
    const image = container.image ?? '';
    const policy = pullPolicy(container);
    const present = this.#isPresent(image);
    if (present && policy !== 'Always') {
      const present = `Container image "${image}" already present on machine`;
      life.events.normal('Pulled', `${present} and can be accessed by the pod`, container.name);
      return undefined;
    }
    if (!present && policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      life.events.warning('ErrImageNeverPull', message, container.name);
      return { reason: 'ErrImageNeverPull', message };
    }
    const until = life.imageBackOff.untilSinceUpdate(image, this.#clock.now);
    if (until !== undefined) {
      const message = `Back-off pulling image "${image}"`;
      life.events.normal('BackOff', message, container.name);
      const cause = this.#behaviour?.images?.[image]?.fail ?? '';
      const full = `${message}: ErrImagePull: ${cause}`;
      return { reason: 'ImagePullBackOff', message: full, until };
    }
    return yield* this.#pull(life, container, image);
  }

  *#pull(life: PodLife, container: Container, image: string): Process<ImageFailure | undefined> {
    life.events.normal('Pulling', `Pulling image "${image}"`, container.name);
    const asked = this.#clock.now;
    yield* this.#takeTurn();
    const begun = this.#clock.now;
    const own = this.#behaviour?.images?.[image];
    const failures = this.#failures.get(image) ?? 0;
    const error =
      own?.fail !== undefined && failures < (own.failTimes ?? Infinity) ? own.fail : undefined;
    const digest = meaningOf(this.#behaviour?.registry, image, begun);
    const isNewest = this.#isPresent(image) && this.#present.get(image) === digest;
    const seconds = (isNewest ? own?.check : undefined) ?? own?.pull ?? 0;
    const long = seconds > LONG_PULL;
    life.trace('cri', 'PullImage', undefined, { image, digest, ...(long ? {} : { error }) });
    if (seconds > 0) yield seconds;
    if (long) life.trace('cri', 'PullImage.end', undefined, { image, error, took: seconds });
    this.#giveTurn();
    if (error !== undefined) {
      this.#failures.set(image, failures + 1);
      life.imageBackOff.next(image, this.#clock.now, this.#clock.now);
      const text = `Failed to pull image "${image}": ${error}`;
      life.events.warning('Failed', text, container.name);
      return { reason: 'ErrImagePull', message: error };
    }
    this.#present.set(image, digest);
    const pulling = round(this.#clock.now - begun);
    const took = `${pulling}s (${round(this.#clock.now - asked)}s including waiting)`;
    life.events.normal(
      'Pulled',
      `Successfully pulled image "${image}" in ${took}.`,
      container.name,
    );
    return undefined;
  }

  *#takeTurn(): Process {
    if (this.#running >= this.#parallel) {
      const turn = new Signal();
      this.#queue.push(turn);
      yield { signal: turn };
    } else {
      this.#running++;
    }
  }

  #giveTurn(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running--;
    else next.fire();
  }

  #isPresent(image: string): boolean {
    if (this.#present.has(image)) return true;
    const { images, registry } = this.#behaviour ?? {};
    if (meaningOf(registry, image, this.#clock.now) !== undefined) return false;
    const own = images?.[image];
    return own === undefined || own.present === true;
  }
}

/** The policy as the API server defaults it. */
export function pullPolicy(container: Container): string {
  if (container.imagePullPolicy !== undefined) return container.imagePullPolicy;
  const image = container.image ?? '';
  if (image.includes('@')) return 'IfNotPresent';
  const name = image.slice(image.lastIndexOf('/') + 1);
  return !name.includes(':') || name.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
