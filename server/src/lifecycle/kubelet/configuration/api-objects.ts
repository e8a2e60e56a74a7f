/**
 * The ConfigMaps, Secrets and Services that the API server holds, and what a kubelet knows of them.
 * After pkg/kubelet/util/manager/watch_based_manager.go, the strategy of the default configuration.
 * Left out: watches that rest after five minutes without a question. Whoever asks then waits until
 * the object is read anew, so nothing old is seen.
 */
import type { KubernetesObject } from '../../../manifest/index.ts';
import type { Clock } from '../clock.ts';
import type { ConfigChange } from '../scenario.ts';

/** What is read of an object: every kind has only some of it. */
export type ConfigObject = KubernetesObject & {
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
};

/** How an object is asked for; all are of the pod's namespace. */
export interface ConfigName {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

type Tell = (what: string, name: string, message?: string) => void;

/** The API server's side. */
export class ApiObjects {
  readonly #objects = new Map<string, ConfigObject>();

  constructor(objects: readonly KubernetesObject[]) {
    for (const it of objects) this.#objects.set(keyOf(it), it);
  }

  get(key: string): ConfigObject | undefined {
    return this.#objects.get(key);
  }

  /** All of a kind, in the order they came. */
  list(kind: string): readonly ConfigObject[] {
    return [...this.#objects.values()].filter((it) => it.kind === kind);
  }

  /** Does one change; an immutable object is not edited (ValidateConfigMapUpdate). */
  change({ put, remove }: ConfigChange, tell: Tell): void {
    if (remove) {
      this.#objects.delete(keyOf(remove));
      tell('remove', nameOf(remove));
    }
    if (!put) return;
    const old = this.#objects.get(keyOf(put));
    if (
      old?.immutable === true &&
      JSON.stringify(contentOf(old)) !== JSON.stringify(contentOf(put))
    )
      return tell('refused', nameOf(put), 'data: field is immutable when `immutable` is set');
    this.#objects.set(keyOf(put), put);
    tell('put', nameOf(put));
  }
}

/** The kubelet's side: what the pods of one node are served. */
export class ObjectCache {
  readonly #api: ApiObjects;
  readonly #seen: ApiObjects;
  readonly #references = new Map<string, Set<object>>();
  /** Copies of immutable objects, kept until no pod of the node uses them. */
  readonly #frozen = new Map<string, ConfigObject>();

  constructor(objects: readonly KubernetesObject[]) {
    this.#api = new ApiObjects(objects);
    this.#seen = new ApiObjects(objects);
  }

  /** Changes an object; the watch tells of it a little later. */
  change(change: ConfigChange, clock: Clock, watchSeconds: number, tell: Tell): void {
    let refused = false;
    this.#api.change(change, (what, name, message) => {
      refused ||= what === 'refused';
      tell(what, name, message);
    });
    if (refused) return;
    clock.after(watchSeconds, () => this.#seen.change(change, () => undefined));
  }

  /** A pod that names the objects is there, or has gone with all of its volumes. */
  register(pod: object, names: readonly ConfigName[]): void {
    for (const it of names) {
      const key = keyOf(it);
      const pods = this.#references.get(key) ?? new Set();
      this.#references.set(key, pods.add(pod));
    }
  }

  unregister(pod: object): void {
    for (const [key, pods] of this.#references) {
      pods.delete(pod);
      if (pods.size === 0) this.#frozen.delete(key);
    }
  }

  /** An immutable object is not watched any more once it has been asked for. */
  get(name: ConfigName): ConfigObject | undefined {
    const key = keyOf(name);
    const found = this.#frozen.get(key) ?? this.#seen.get(key);
    if (found?.immutable === true) this.#frozen.set(key, found);
    return found;
  }

  services(): readonly ConfigObject[] {
    return this.#seen.list('Service');
  }
}

/** The files or variables of an object, as stored: a Secret's values stay encoded. */
export function contentOf(object: ConfigObject | undefined): Readonly<Record<string, string>> {
  return { ...object?.data, ...object?.binaryData, ...object?.stringData };
}

type Named = ConfigName | KubernetesObject | NonNullable<ConfigChange['remove']>;

function keyOf(it: Named): string {
  const { name, namespace = 'default' } = 'metadata' in it ? it.metadata : it;
  return `${it.kind}/${namespace}/${name}`;
}

function nameOf(it: Named): string {
  return `${it.kind} ${'metadata' in it ? it.metadata.name : it.name}`;
}
