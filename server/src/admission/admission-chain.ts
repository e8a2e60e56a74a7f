/**
 * A create request through the API server, in its order: decoding (defaulting within), mutating
 * plugins, the registry, validation, validating plugins. Every change is recorded with its author.
 *
 * Follows staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go and
 * pkg/registry/{rest/create.go,generic/registry/store.go}, with fieldValidation=Strict. Left out:
 * authentication and authorisation, webhooks, whether the object exists already.
 */
import type { ClusterSnapshot } from '../cluster/index.ts';
import {
  decodeObject,
  encodeObject,
  jsonKind,
  readServerYaml,
  typeOfKind,
  type FieldPath,
  type KubernetesObject,
} from '../manifest/index.ts';
import type {
  AdmissionRequest,
  MutationPlugin,
  Refusal,
  StatusCause,
  ValidationPlugin,
} from './admission-plugin.ts';
import { withWrittenDigits } from './exact-numbers.ts';
import { KINDS, type KindStrategy } from './kinds.ts';
import { clonePlain, findMutations, type Mutation } from './mutation.ts';
import { MUTATION_PLUGINS, VALIDATION_PLUGINS } from './ordered-plugins.ts';
import type { RegistryOptions } from './service-allocation.ts';
import { dropRepeatedOwners } from './owner-references.ts';
import { summarizeBody } from './request-body.ts';
import { groupVersionOf } from './request-info.ts';
import { WarningRecorder } from './warning-recorder.ts';
import {
  isPathSegmentName,
  newInvalid,
  Path,
  validateObjectMeta,
} from './validation/machinery/index.ts';

/** A create request. */
export interface CreateInput {
  /** Plain values as read from text; the keys in the order the server sees them. */
  readonly object: unknown;
  /** The declared world as it was before the request. */
  readonly snapshot: ClusterSnapshot;
  /** What strict reading of the text found: keys written twice, in the server's words. */
  readonly duplicates?: string;
  /** The namespace of the request; where missing, the object's own or `default`. */
  readonly namespace?: string;
  /** The kind that the request's URL stands for; where missing, the object's own. */
  readonly kind?: string;
  readonly options?: RegistryOptions;
  /** `1.30`: fields that the version does not have are unknown; all else is that of 1.36. */
  readonly kubernetesVersion?: string;
}

/** What the API server answers. */
export interface CreateResult {
  readonly allowed: boolean;
  /** HTTP status: 201 where allowed. */
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly causes?: readonly StatusCause[];
  /** Where each cause is. */
  readonly places?: readonly FieldPath[];
  /** Who refused: `decoding`, `registry`, `validation`, or the name of a plugin. */
  readonly refusedBy?: string;
  /** Texts of the Warning headers, as a person reads them. */
  readonly warnings: readonly string[];
  /** As it would be stored. */
  readonly object?: KubernetesObject;
  /** Where refused: the object as far as it got, for those who look at it all the same. */
  readonly draft?: KubernetesObject;
  readonly mutations: readonly Mutation[];
}

/** Stands for the uid that the server makes up. */
export const REQUEST_UID = '00000000-0000-4000-8000-000000000000';
/** Stands for the random end of a generated name. */
const GENERATED_SUFFIX = 'xxxxx';
const MAX_GENERATED_BASE = 58;

/** Predicts the answer to a create request; undefined for kinds that are not predicted. */
export function admit(input: CreateInput): CreateResult | undefined {
  const head = headOf(input.object);
  const kind = input.kind ?? head.kind;
  const strategy = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!strategy) return undefined;
  const problem = headFault(input.object);
  if (problem !== undefined) return unrecognized(kind, problem, jsonText(input.object));
  return new CreateRequest(input, kind, strategy).run();
}

/** Predicts the answer to a create request whose body is YAML, first document only. */
export function admitYaml(
  text: string,
  input: Omit<CreateInput, 'object' | 'duplicates'> & { readonly kind: string },
): CreateResult | undefined {
  if (!Object.hasOwn(KINDS, input.kind)) return undefined;
  const { value, fault, duplicates } = readServerYaml(text);
  const empty = text === '' ? `${NO_HEAD} unexpected end of JSON input` : undefined;
  const problem = fault?.message ?? empty ?? headFault(value);
  if (problem !== undefined) return unrecognized(input.kind, problem, text);
  return admit({ ...input, object: value, duplicates });
}

/** The refusal of a body that does not say what it is. */
function unrecognized(kind: string, problem: string, body: string): CreateResult {
  const message =
    `the object provided is unrecognized (must be of type ${kind}): ${problem}` +
    ` (${summarizeBody(body)})`;
  const refusal = { ...badRequest(message), places: [[]] };
  return { allowed: false, ...refusal, refusedBy: 'decoding', warnings: [], mutations: [] };
}

function jsonText(value: unknown): string {
  const text: string | undefined = JSON.stringify(value, (_, it: unknown) =>
    typeof it === 'bigint' ? Number(it) : it,
  );
  return text ?? '';
}

const NO_HEAD = "couldn't get version/kind; json parse error:";

/** Why a body has no version and kind to go by. */
function headFault(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const cannot = `${NO_HEAD} json: cannot unmarshal`;
  if (typeof value !== 'object' || Array.isArray(value)) {
    const type =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\"";' +
      ' Kind string "json:\\"kind,omitempty\\"" }';
    return `${cannot} ${jsonKind(value)} into Go value of type ${type}`;
  }
  for (const name of ['apiVersion', 'kind'] as const) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined || member === null || typeof member === 'string') continue;
    return `${cannot} ${jsonKind(member)} into Go struct field .${name} of type string`;
  }
  return undefined;
}

/** Signals a refusal up to `run`. */
class Refused {
  readonly refusal: Refusal;
  readonly by: string;

  constructor(refusal: Refusal, by: string) {
    this.refusal = refusal;
    this.by = by;
  }
}

class CreateRequest {
  readonly #input: CreateInput;
  readonly #kind: string;
  readonly #strategy: KindStrategy;
  readonly #warnings = new WarningRecorder();
  readonly #mutations: Mutation[] = [];
  #draft: Record<string, unknown> = {};
  #before: Record<string, unknown> = {};
  #reinvoke = false;

  constructor(input: CreateInput, kind: string, strategy: KindStrategy) {
    this.#input = input;
    this.#kind = kind;
    this.#strategy = strategy;
  }

  run(): CreateResult {
    const mutations = this.#mutations;
    try {
      const object = this.#create();
      return { allowed: true, code: 201, warnings: this.#warnings.texts, object, mutations };
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      const { by: refusedBy, refusal } = refused;
      const draft = this.#draft as unknown as KubernetesObject;
      const warnings = this.#warnings.texts;
      return { allowed: false, ...refusal, refusedBy, warnings, mutations, draft };
    }
  }

  #create(): KubernetesObject {
    const type = this.#decode();
    const request = this.#request(type);
    this.#dropRepeatedOwners(false);
    for (const plugin of MUTATION_PLUGINS) this.#mutate(plugin, request);
    if (this.#reinvoke) {
      const again = { ...request, isReinvoke: true };
      for (const plugin of MUTATION_PLUGINS) this.#mutate(plugin, again);
    }
    this.#dropRepeatedOwners(true);
    this.#register();
    for (const plugin of VALIDATION_PLUGINS) this.#check(plugin, request);
    const metadata = this.#metadata();
    for (const name of ['uid', 'creationTimestamp', 'generation']) delete metadata[name];
    this.#store();
    return encodeObject(this.#draft, type) as unknown as KubernetesObject;
  }

  /**
   * What is stored anew has no version yet; a dry run does not look. What has a uid is the picture
   * of an object that exists, and is not created.
   */
  #store(): void {
    const { object, options } = this.#input;
    const metadata = (object as Partial<KubernetesObject> | undefined)?.metadata;
    if (options?.dryRun || metadata?.uid !== undefined) return;
    if (!/^\d*[1-9]\d*$/.test(metadata?.resourceVersion ?? '')) return;
    const message = 'resourceVersion should not be set on objects to be created';
    const places = [['metadata', 'resourceVersion']];
    throw new Refused({ code: 500, reason: '', message, places }, 'storage');
  }

  #decode(): string {
    const { apiVersion, groupKind } = this.#strategy;
    const head = headOf(this.#input.object);
    const version = groupVersionOf(head.apiVersion || apiVersion).version;
    const kind = head.kind || this.#kind;
    const refuse = (message: string, path: FieldPath = []): never => {
      const text =
        `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${this.#kind}:` +
        ` ${message}`;
      throw new Refused({ ...badRequest(text), places: [path] }, 'decoding');
    };
    const gv = head.apiVersion || apiVersion;
    if (typeOfKind(gv, kind) === undefined || (gv !== apiVersion && kind === this.#kind)) {
      refuse(
        `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(gv)}` +
          ' in scheme "pkg/api/legacyscheme/scheme.go:30"',
        [typeOfKind(apiVersion, kind) === undefined ? 'kind' : 'apiVersion'],
      );
    }
    const type = typeOfKind(apiVersion, this.#kind) ?? groupKind;
    const given = typeOfKind(gv, kind);
    if (given !== undefined && kind !== this.#kind) {
      const { fault } = decodeObject(this.#input.object ?? {}, given);
      if (fault) refuse(fault.message, fault.path);
      const to = groupVersionOf(apiVersion).group.split('.')[0] || 'core';
      const types = `(v1.${kind}) to (${to}.${this.#kind})`;
      refuse(`converting ${types}: unknown conversion`, ['kind']);
    }
    const { object, fault, strict } = decodeObject(
      withSpec(this.#input.object),
      type,
      this.#input.kubernetesVersion,
    );
    if (fault) refuse(fault.message, fault.path);
    const unconverted = this.#strategy.convert?.(object as never, this.#input.object);
    if (unconverted !== undefined) refuse(unconverted, ['metadata', 'annotations']);
    const { duplicates } = this.#input;
    if (strict.length > 0 || duplicates !== undefined) {
      const unknown = strict.map((it) => it.message);
      const list = [...(duplicates === undefined ? [] : [duplicates]), ...unknown].join(', ');
      refuse(`strict decoding error: ${list}`, strict[0]?.path);
    }
    this.#draft = object;
    Object.assign(object, { apiVersion, kind: this.#kind });
    this.#before = clonePlain(object);
    this.#strategy.setDefaults(object as never);
    this.#record('defaulting');
    return type;
  }

  #request(type: string): AdmissionRequest {
    const metadata = this.#metadata();
    const own = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : '';
    const namespace = this.#input.namespace ?? (own || 'default');
    if (own !== '' && own !== namespace) {
      const text =
        'the namespace of the provided object does not match the namespace sent on the request';
      const places = [['metadata', 'namespace']];
      throw new Refused({ ...badRequest(text), places }, 'registry');
    }
    metadata['namespace'] = namespace;
    for (const name of ['creationTimestamp', 'managedFields', 'selfLink', 'resourceVersion']) {
      delete metadata[name];
    }
    metadata['name'] ??= '';
    this.#before = clonePlain(this.#draft);
    return {
      kind: this.#kind,
      apiVersion: this.#strategy.apiVersion,
      namespace,
      object: this.#draft as unknown as KubernetesObject,
      snapshot: this.#input.snapshot,
      dryRun: this.#input.options?.dryRun,
      warn: (text) => this.#warnings.add(text),
      setDefaults: () => this.#redefault(type),
      setShouldReinvoke: () => {
        this.#reinvoke = true;
      },
    };
  }

  /** What a policy made is read as what a client sends is, and defaulted. */
  #redefault(type: string): string | undefined {
    const { object, fault, strict } = decodeObject(this.#draft, type);
    if (fault) return fault.message;
    if (strict.length > 0) {
      return `strict decoding error: ${strict.map((it) => it.message).join(', ')}`;
    }
    for (const name of Object.keys(this.#draft)) delete this.#draft[name];
    Object.assign(this.#draft, object);
    this.#strategy.setDefaults(this.#draft as never);
    return undefined;
  }

  #mutate(plugin: MutationPlugin, request: AdmissionRequest): void {
    if (plugin.kinds && !plugin.kinds.includes(this.#kind)) return;
    const refusal = plugin.admit(request);
    this.#record(plugin.name);
    if (refusal) throw new Refused(refusal, plugin.name);
  }

  #check(plugin: ValidationPlugin, request: AdmissionRequest): void {
    if (plugin.kinds && !plugin.kinds.includes(this.#kind)) return;
    const refusal = plugin.validate(request);
    if (refusal) throw new Refused(refusal, plugin.name);
  }

  #dropRepeatedOwners(afterMutation: boolean): void {
    const warning = dropRepeatedOwners(this.#metadata(), afterMutation);
    if (warning !== undefined) this.#warnings.add(warning);
    this.#record('registry');
  }

  /** rest.BeforeCreate: the strategy's preparation, then both validations, then warnings. */
  #register(): void {
    const draft = this.#draft as never;
    const metadata = this.#metadata();
    metadata['uid'] = REQUEST_UID;
    (this.#before['metadata'] as Record<string, unknown>)['uid'] = REQUEST_UID;
    delete metadata['deletionTimestamp'];
    delete metadata['deletionGracePeriodSeconds'];
    const { generateName } = metadata;
    if (metadata['name'] === '' && typeof generateName === 'string' && generateName !== '') {
      metadata['name'] = `${generateName.slice(0, MAX_GENERATED_BASE)}${GENERATED_SUFFIX}`;
    }
    const refusal = this.#strategy.begin?.(draft, this.#input.options ?? {});
    if (refusal) throw new Refused(refusal, 'registry');
    this.#record('allocation');
    const early = this.#strategy.prepareForCreate(draft) ?? [];
    for (const it of early) this.#warnings.add(it);
    this.#record('registry');
    this.#validate();
    for (const it of this.#strategy.warnings(draft)) this.#warnings.add(it);
  }

  #validate(): void {
    const metadata = this.#metadata();
    const name = typeof metadata['name'] === 'string' ? metadata['name'] : '';
    let errors = this.#strategy.validate(this.#draft as never);
    if (errors.length === 0) {
      errors = validateObjectMeta(metadata, true, isPathSegmentName, Path.of('metadata'));
    }
    if (errors.length === 0) return;
    const exact = errors.map((it) => withWrittenDigits(it, this.#input.object));
    throw new Refused(newInvalid(this.#strategy.groupKind, name, exact), 'validation');
  }

  #metadata(): Record<string, unknown> {
    return this.#draft['metadata'] as Record<string, unknown>;
  }

  #record(author: string): void {
    const found = findMutations(this.#before, this.#draft, author);
    if (found.length === 0) return;
    this.#mutations.push(...found);
    this.#before = clonePlain(this.#draft);
  }
}

/** The values with the structs that every object of these kinds has in Go. */
function withSpec(values: unknown): unknown {
  const object = (values ?? {}) as Record<string, unknown>;
  return { ...object, metadata: object['metadata'] ?? {}, spec: object['spec'] ?? {} };
}

function headOf(object: unknown): { readonly apiVersion: string; readonly kind: string } {
  const { apiVersion, kind } =
    typeof object === 'object' && object !== null ? (object as Record<string, unknown>) : {};
  return {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    kind: typeof kind === 'string' ? kind : '',
  };
}

function badRequest(message: string): Refusal {
  return { code: 400, reason: 'BadRequest', message };
}
