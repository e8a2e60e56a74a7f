/**
 * Decides what the containers of one pod see of its configuration, and when: variables are fixed
 * when a container is made; files follow their objects at each step of the pod until its end
 * begins, except where a subPath was mounted.
 * After pkg/kubelet/volumemanager (populator and reconciler), pkg/volume/util/subpath and
 * operation retries of pkg/util/goroutinemap/exponentialbackoff. Left out: volumes of storage.
 */
import type { Container, Volume } from '../../../manifest/index.ts';
import type { Process } from '../clock.ts';
import type { PodLife } from '../pod-life.ts';
import type { RuntimeContainer } from '../runtime-view.ts';
import type { ObjectCache } from './api-objects.ts';
import { makeEnvironment, type Environment } from './environment.ts';
import { TokenManager, type Token, type TokenRequest } from './token-manager.ts';
import { filesAt, filesOf, isConfiguration, namesIn, type Files } from './volume-contents.ts';

/** The populator and the reconciler each look every 100 ms: together what a refresh takes. */
const RECONCILE_SECONDS = 0.1;
const FIRST_RETRY_SECONDS = 0.5;
const LAST_RETRY_SECONDS = 122;

/** What a running container was made with. */
interface View {
  readonly running: RuntimeContainer;
  readonly mounts: readonly Mount[];
  /** The tokens that it found at its start. */
  readonly tokens: readonly number[];
  told: string;
}

interface Mount {
  readonly path: string;
  readonly volume: string;
  /** A subPath shows what was there at the start. */
  readonly frozen: Files | undefined;
}

export class PodConfiguration {
  readonly #life: PodLife;
  readonly #objects: ObjectCache;
  readonly #tokens: TokenManager;
  readonly #files = new Map<string, Files>();
  readonly #views = new Set<View>();
  #mounting = false;
  #retrySeconds = FIRST_RETRY_SECONDS;
  #mountedOnce = false;

  constructor(life: PodLife, objects: ObjectCache) {
    this.#life = life;
    this.#objects = objects;
    this.#tokens = new TokenManager(life.node.clock, () => life.node.nextRandom());
  }

  /** All volumes have been there once; what changes them later holds nothing up. */
  get mounted(): boolean {
    return this.#mountedOnce || this.#volumes().length === 0;
  }

  /** A step of the pod begins: its objects are watched, its volumes looked at again. */
  reprocess(): void {
    this.#objects.register(this.#life, namesIn(this.#life.pod()));
    if (this.#mounting) return;
    this.#mounting = true;
    this.#life.node.clock.spawn(this.#mount(), () => (this.#mounting = false));
  }

  /** Nothing of the pod is left on the node. */
  unregister(): void {
    this.#objects.unregister(this.#life);
  }

  /** The variables of a container that is about to be made. */
  environmentOf(container: Container): Environment {
    const made = makeEnvironment(this.#life.pod(), container, this.#objects);
    if (!('error' in made)) this.#trace('env', container.name, made);
    return made;
  }

  /** The container's process has begun. */
  started(running: RuntimeContainer, { name, volumeMounts = [] }: Container): void {
    const mounts = volumeMounts.map(({ mountPath, name: volume, subPath }) => ({
      path: subPath === undefined ? mountPath : `${mountPath} (subPath)`,
      volume,
      frozen: subPath === undefined ? undefined : filesAt(this.#filesOf(volume), subPath),
    }));
    const tokens = [...this.#shown(mounts).matchAll(/"token (\d+)"/g)].map((it) => Number(it[1]));
    const view: View = { running, mounts, tokens, told: '' };
    this.#views.add(view);
    this.#tell(view);
    running.exited.onFire(() => this.#views.delete(view));
    const created = Object.entries(
      this.#life.node.scenario.behaviour?.containers?.[name]?.createsFiles ?? {},
    );
    for (const [volume, after] of created) this.#write(running, volume, after);
  }

  *#mount(): Process {
    yield RECONCILE_SECONDS;
    for (;;) {
      if (this.#life.worker.cancelled.fired) return;
      const failed = this.#volumes().filter((it) => !this.#setUp(it));
      if (failed.length === 0) break;
      if (this.#mountedOnce) return;
      yield this.#retrySeconds;
      this.#retrySeconds = Math.min(2 * this.#retrySeconds, LAST_RETRY_SECONDS);
    }
    this.#mountedOnce = true;
    for (const it of this.#views) this.#tell(it);
  }

  /** Fills a volume; what cannot be found leaves the files as they were. */
  #setUp(volume: Volume): boolean {
    const files = filesOf(this.#life.pod(), volume, {
      get: (name) => this.#objects.get(name),
      token: (request) => this.#tokenOf(request, volume.name),
    });
    if (typeof files === 'string') {
      const text = `MountVolume.SetUp failed for volume "${volume.name}" : ${files}`;
      this.#life.events.warning('FailedMount', text);
      return false;
    }
    this.#files.set(volume.name, files);
    return true;
  }

  #tokenOf(request: TokenRequest, volume: string): string {
    const { number } = this.#tokens.get(request, (token) => {
      const { number, issued, expires } = token;
      this.#trace('token', volume, { number, life: expires - issued });
      this.#life.node.clock.at(expires, () => this.#expire(token));
    });
    return `token ${number}`;
  }

  /** Who still shows a token has nothing else; who read it at the start may go on with it. */
  #expire({ number }: Token): void {
    for (const { running, mounts, tokens } of this.#views) {
      const shown = this.#shown(mounts).includes(`"token ${number}"`);
      if (!shown && !tokens.includes(number)) continue;
      this.#trace('expired', running.name, { in: shown ? 'file' : 'memory', number });
    }
  }

  /** A process of the pod puts a file into a volume. */
  #write(running: RuntimeContainer, volume: string, after: number): void {
    this.#life.node.clock.after(after, () => {
      if (running.state !== 'running') return;
      this.#files.set(volume, { ...this.#filesOf(volume), [running.name]: 'written' });
      this.#trace('written', running.name, { volume });
      for (const it of this.#views) this.#tell(it);
    });
  }

  #tell(view: View): void {
    const shown = this.#shown(view.mounts);
    if (view.told === shown) return;
    view.told = shown;
    const { name, attempt } = view.running;
    this.#trace('files', name, { attempt, files: JSON.parse(shown) as unknown });
  }

  /** All that mounts show now, by their path. */
  #shown(mounts: readonly Mount[]): string {
    return JSON.stringify(
      Object.fromEntries(mounts.map((it) => [it.path, it.frozen ?? this.#filesOf(it.volume)])),
    );
  }

  #filesOf(volume: string): Files {
    return this.#files.get(volume) ?? {};
  }

  #volumes(): readonly Volume[] {
    return (this.#life.pod().spec.volumes ?? []).filter(isConfiguration);
  }

  #trace(what: string, container: string, detail: object): void {
    this.#life.trace('config', what, container, { ...detail, pod: this.#life.name });
  }
}
