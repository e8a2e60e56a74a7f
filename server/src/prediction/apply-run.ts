/**
 * One `kubectl apply`, played: the documents are sent one after the other, each admitted by the
 * world as it is then; what is refused is left behind, and controllers make pods meanwhile.
 * After staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go, cli-runtime/pkg/resource (kinds are
 * mapped for all documents before the first is sent) and client-go's rate limited queues.
 * Left out: objects that are there and are patched, the wait for a namespace's default account, and
 * nodes: every pod finds one.
 */
import { ClusterSnapshot, isClusterScoped } from '../cluster/index.ts';
import { assumeRunning } from '../endpoints/index.ts';
import { typeOfKind, type KubernetesObject, type Pod } from '../manifest/index.ts';
import { expandWorkload, isWorkload, namedAs, podRequest } from '../workloads/index.ts';
import { admit } from './admit.ts';
import { decodeManifest } from './decode-manifest.ts';
import { refusalOfWebhooks } from './webhook-answers.ts';
import type { AdmittedManifest } from './world.ts';

/** How fast everybody is, in seconds. */
export interface ApplyPace {
  /** From one document to the next: whether it is there, and the request. */
  readonly request: number;
  /** From a workload to the requests for its pods. */
  readonly controller: number;
  /** From a pod to its binding. */
  readonly scheduler: number;
  /** From there until it is Ready. */
  readonly kubelet: number;
}

/** The world that requests are sent to. */
interface Surroundings {
  /** In the order they are sent. */
  readonly documents: readonly AdmittedManifest[];
  /** What is in the cluster before. */
  readonly cluster: readonly KubernetesObject[];
  /** Pods that are Ready before. */
  readonly running?: readonly Pod[];
  readonly kubernetesVersion: string;
  readonly pace: ApplyPace;
}

export interface ApplyInput extends Surroundings {
  /** The client is held up after a document. */
  readonly pause?: { readonly after: AdmittedManifest; readonly seconds: number };
}

/** One thing that happened; `container` is the object's kind and name. */
export interface ApplyEntry {
  readonly t: number;
  readonly source: 'kubectl' | 'controller' | 'scheduler' | 'kubelet';
  readonly what: 'created' | 'refused' | 'bound' | 'ready' | 'gone' | 'exit';
  readonly container?: string;
  readonly detail?: unknown;
}

export interface ApplyRun {
  readonly entries: readonly ApplyEntry[];
  readonly exitStatus: number;
  /** What the documents made, as stored. */
  readonly created: readonly { readonly t: number; readonly object: KubernetesObject }[];
  /** The first pod of each workload that got one, from its binding on. */
  readonly bound: readonly {
    readonly t: number;
    readonly pod: Pod;
    readonly of: AdmittedManifest;
  }[];
}

/** A controller tries again after 5 ms, then twice as long each time (DefaultTypedControllerRateLimiter). */
const FIRST_RETRY_SECONDS = 0.005;
/** Nobody waits longer for pods that are refused. */
const MAX_RETRIES = 16;

/** Applies the documents once. */
export function runApply(input: ApplyInput): ApplyRun {
  const run = new Run(input);
  const { documents, pace, pause } = input;
  const unmapped = documents.filter((it) => !isServed(it, input));
  let t = 0;
  for (const it of unmapped) run.refuse(0, 'kubectl', it, unmappedText(it));
  for (const it of documents) {
    if (unmapped.includes(it)) continue;
    t += pace.request;
    run.at(t, () => run.create(it));
    if (it === pause?.after) t += pause.seconds;
  }
  run.play();
  run.exit(t);
  return run.result();
}

/**
 * All pods of these workloads are gone at once: what their controllers do then. Who made a pod
 * without one makes it again.
 */
export function replacePods(input: Surroundings): ApplyRun {
  const run = new Run(input);
  for (const it of input.documents) run.lose(it);
  run.play();
  return run.result();
}

class Run {
  readonly #input: Surroundings;
  readonly #entries: ApplyEntry[] = [];
  readonly #created: { t: number; object: KubernetesObject }[] = [];
  readonly #bound: { t: number; pod: Pod; of: AdmittedManifest }[] = [];
  #queue: { readonly t: number; readonly act: () => void }[] = [];
  #now = 0;
  #failed = false;
  #world: ClusterSnapshot;
  #running: readonly Pod[];

  constructor(input: Surroundings) {
    this.#input = input;
    this.#running = input.running ?? [];
    this.#world = new ClusterSnapshot(input.cluster);
  }

  at(t: number, act: () => void): void {
    this.#queue.push({ t, act });
  }

  play(): void {
    for (;;) {
      // Of those at the same time the first that was planned.
      const [next] = this.#queue.toSorted((a, b) => a.t - b.t);
      if (!next) return;
      this.#queue = this.#queue.filter((it) => it !== next);
      this.#now = next.t;
      next.act();
    }
  }

  exit(lastSent: number): void {
    this.#tell(lastSent, 'kubectl', 'exit', undefined, { status: Number(this.#failed) });
  }

  lose(document: AdmittedManifest): void {
    const { stored } = document;
    this.#tell(0, 'kubelet', 'gone', nameOf(stored));
    this.#after(this.#input.pace.controller, () =>
      stored.kind === 'Pod' ? this.create(document) : this.#makePod(document, stored, 0),
    );
  }

  result(): ApplyRun {
    const exitStatus = Number(this.#failed);
    const entries = this.#entries.toSorted((a, b) => a.t - b.t);
    return { entries, exitStatus, created: this.#created, bound: this.#bound };
  }

  refuse(t: number, source: ApplyEntry['source'], it: AdmittedManifest, message: string): void {
    this.#failed ||= source === 'kubectl';
    this.#tell(t, source, 'refused', nameOf(it.stored), message);
  }

  create(document: AdmittedManifest): void {
    const { manifest } = document;
    const object = decodeManifest(manifest);
    const answer = this.#admit(manifest.object, object);
    if (!answer.allowed) return this.refuse(this.#now, 'kubectl', document, answer.message);
    this.#store(answer.object);
    this.#created.push({ t: this.#now, object: answer.object });
    this.#tell(this.#now, 'kubectl', 'created', nameOf(answer.object));
    if (answer.object.kind === 'Pod') this.#bind(answer.object as unknown as Pod, document);
    else if (isWorkload(answer.object) && answer.object.kind !== 'CronJob')
      this.#after(this.#input.pace.controller, () => this.#makePod(document, answer.object, 0));
  }

  /** The first of a workload's pods; what refuses it refuses the others as well. */
  #makePod(document: AdmittedManifest, workload: KubernetesObject, tries: number): void {
    if (!isWorkload(workload)) return;
    const [built] = expandWorkload(workload, this.#world.list('Node')).pods;
    if (!built) return;
    const request = podRequest(built) as unknown as KubernetesObject;
    const { allowed, message, object } = this.#admit(request, request);
    if (!allowed) {
      this.refuse(this.#now, 'controller', document, message);
      const wait = FIRST_RETRY_SECONDS * 2 ** tries;
      if (tries < MAX_RETRIES)
        this.#after(wait, () => this.#makePod(document, workload, tries + 1));
      return;
    }
    const pod = namedAs(built, object as unknown as Pod);
    this.#store(pod);
    this.#tell(this.#now, 'controller', 'created', `Pod ${pod.metadata.name}`);
    this.#bind(pod, document);
  }

  #bind(pod: Pod, of: AdmittedManifest): void {
    this.#after(this.#input.pace.scheduler, () => {
      this.#bound.push({ t: this.#now, pod, of });
      this.#tell(this.#now, 'scheduler', 'bound', `Pod ${pod.metadata.name}`);
      this.#after(this.#input.pace.kubelet, () => {
        this.#running = [...this.#running, assumeRunning({ ...pod, status: undefined })];
        this.#tell(this.#now, 'kubelet', 'ready', `Pod ${pod.metadata.name}`);
      });
    });
  }

  #admit(written: unknown, object: KubernetesObject) {
    const version = this.#input.kubernetesVersion;
    const answer = admit({ written, object, snapshot: this.#world, version });
    if (!answer.allowed) return answer;
    const message =
      this.#missingNamespace(object) ?? refusalOfWebhooks(object, this.#world, this.#running);
    return message === undefined ? answer : { ...answer, allowed: false, message };
  }

  /** NamespaceLifecycle asks about every kind, also those whose admission is not predicted. */
  #missingNamespace(object: KubernetesObject): string | undefined {
    const { namespace } = object.metadata;
    if (!namespace || isClusterScoped(object.kind ?? '')) return undefined;
    const found = this.#world.get('Namespace', '', namespace);
    return found ? undefined : `namespaces "${namespace}" not found`;
  }

  #store(object: KubernetesObject): void {
    this.#world = new ClusterSnapshot([...this.#world.objects(), object]);
  }

  #after(seconds: number, act: () => void): void {
    this.at(this.#now + seconds, act);
  }

  #tell(
    t: number,
    source: ApplyEntry['source'],
    what: ApplyEntry['what'],
    container?: string,
    detail?: unknown,
  ): void {
    this.#entries.push({ t, source, what, ...(container ? { container } : {}), detail });
  }
}

/**
 * Whether the client finds the kind: built in, defined in the cluster, or of a group that none of
 * the documents defines, so that it is taken to be there.
 */
function isServed({ manifest }: AdmittedManifest, { documents, cluster }: ApplyInput): boolean {
  const { apiVersion, kind } = manifest;
  if (typeOfKind(apiVersion, kind) !== undefined) return true;
  const group = apiVersion.split('/')[0] ?? '';
  const isIn = (objects: readonly KubernetesObject[]) =>
    objects.some((it) => definesKind(it, group, kind));
  return isIn(cluster) || !isIn(documents.map((it) => it.stored));
}

/** Whether an object is the definition of a kind. */
export function definesKind(object: KubernetesObject, group: string, kind: string): boolean {
  if (object.kind !== 'CustomResourceDefinition') return false;
  const { spec } = object as {
    readonly spec?: { readonly group?: unknown; readonly names?: { readonly kind?: unknown } };
  };
  return spec?.group === group && spec.names?.kind === kind;
}

function unmappedText({ manifest: { apiVersion, kind } }: AdmittedManifest): string {
  return `no matches for kind "${kind}" in version "${apiVersion}"`;
}

function nameOf({ kind = '', metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}
