// Reads the declarations of kubernetes-models and writes what the engine needs of them:
// server/src/manifest/structure.json (types, fields, formats, enums, required, list-map keys) and
// server/src/manifest/descriptions.json (the API's own field texts, loaded at the first hover).
// The declarations are machine-written and regular, so no TypeScript parser is needed.
import { readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const modelsDir = path.join(root, 'node_modules', 'kubernetes-models');
const machineryDir = path.join(root, 'node_modules', '@kubernetes-models', 'apimachinery');

/** The kinds that can be roots of a manifest we read, by the folder of their group and version. */
export const ROOTS = {
  v1: 'Pod Node Namespace Service ServiceAccount ConfigMap Secret LimitRange ResourceQuota PersistentVolume PersistentVolumeClaim Endpoints ReplicationController PodTemplate'.split(
    ' ',
  ),
  'apps/v1': 'Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision'.split(' '),
  'batch/v1': ['Job', 'CronJob'],
  'policy/v1': ['PodDisruptionBudget'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'discovery.k8s.io/v1': ['EndpointSlice'],
  'networking.k8s.io/v1': ['Ingress', 'IngressClass', 'NetworkPolicy'],
  'node.k8s.io/v1': ['RuntimeClass'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'storage.k8s.io/v1': [
    'StorageClass',
    'CSINode',
    'CSIDriver',
    'VolumeAttachment',
    'CSIStorageCapacity',
  ],
  'resource.k8s.io/v1': ['ResourceClaim', 'ResourceClaimTemplate', 'DeviceClass', 'ResourceSlice'],
  'admissionregistration.k8s.io/v1': [
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
  ],
};

/** Fields that hold base64 text; the declarations only say `string`. */
const BYTES = new Set(['Secret.data', 'ConfigMap.binaryData', 'WebhookClientConfig.caBundle']);

/** Lists that are maps: which members make the key. From the API's x-kubernetes-list-map-keys. */
const LIST_MAP_KEYS = {
  'PodSpec.containers': ['name'],
  'PodSpec.initContainers': ['name'],
  'PodSpec.ephemeralContainers': ['name'],
  'PodSpec.volumes': ['name'],
  'PodSpec.imagePullSecrets': ['name'],
  'PodSpec.hostAliases': ['ip'],
  'PodSpec.topologySpreadConstraints': ['topologyKey', 'whenUnsatisfiable'],
  'PodSpec.schedulingGates': ['name'],
  'PodSpec.resourceClaims': ['name'],
  'Container.ports': ['containerPort', 'protocol'],
  'Container.env': ['name'],
  'Container.volumeMounts': ['mountPath'],
  'Container.volumeDevices': ['devicePath'],
  'EphemeralContainer.ports': ['containerPort', 'protocol'],
  'EphemeralContainer.env': ['name'],
  'EphemeralContainer.volumeMounts': ['mountPath'],
  'EphemeralContainer.volumeDevices': ['devicePath'],
  'ServiceSpec.ports': ['port', 'protocol'],
  'ServiceAccount.secrets': ['name'],
  'ResourceRequirements.claims': ['name'],
  'ObjectMeta.ownerReferences': ['uid'],
};

const typeName = (alias) => alias.replace(/^I?IoK8s(ApimachineryPkg|Api)/, '');

/** The short name of a type: `CoreV1Container`, unique over all groups. */
function shortName(file) {
  const text = readFileSync(file, 'utf8');
  const alias = /export type \{ I\w+ as (I\w+)/.exec(text)?.[1];
  return { text, name: typeName(alias ?? '') };
}

function declarationFile(specifier, from) {
  if (specifier.startsWith('@kubernetes-models/apimachinery/')) {
    return (
      path.join(machineryDir, specifier.slice('@kubernetes-models/apimachinery/'.length)) + '.d.ts'
    );
  }
  return path.join(path.dirname(from), specifier.replace(/\.js$/, '.d.ts'));
}

const unescapeComment = (comment) =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replaceAll('\\*', '*')
    .replaceAll('\\/', '/');

function parseType(text, scope) {
  const t = text.trim();
  const array = /^Array<([\s\S]*)>$/.exec(t);
  if (array) return { list: true, ...parseType(array[1], scope) };
  const map = /^\{\s*\[key: string\]: ([\s\S]*?);?\s*\}$/.exec(t);
  if (map) {
    const inner = parseType(map[1], scope);
    return inner.list ? { map: true, list: true, ...inner } : { map: true, ...inner };
  }
  if (/^"[^"]*"( \| "[^"]*")*$/.test(t)) {
    return { type: 'string', enum: [...t.matchAll(/"([^"]*)"/g)].map((it) => it[1]) };
  }
  if (t === 'string' || t === 'boolean') return { type: t };
  if (t === 'number') return { type: 'number' };
  if (t.startsWith('{')) return { inline: t };
  if (scope.has(t)) {
    const file = scope.get(t);
    const name = typeName(t);
    if (name === 'ApiResourceQuantity') return { type: 'quantity' };
    if (name === 'UtilIntstrIntOrString') return { type: 'int-or-string' };
    if (/^ApisMetaV1(Micro)?Time$/.test(name)) return { type: 'time' };
    if (/FieldsV1$|RawExtension$|JSON$/.test(name)) return { type: 'any' };
    return { ref: name, file };
  }
  return { type: 'any' };
}

async function numberFormats(file, fields) {
  // The compiled validators know the formats: 2^40 fails as int32, 1.5 fails as any integer.
  const { name } = shortName(file);
  const dir = file.startsWith(machineryDir) ? machineryDir : modelsDir;
  const schema = path.join(
    dir,
    '_schemas',
    `IoK8s${dir === machineryDir ? 'ApimachineryPkg' : 'Api'}${name}.js`,
  );
  if (!existsSync(schema)) return;
  const { validate } = await import(pathToFileURL(schema).href);
  for (const [key, it] of Object.entries(fields)) {
    if (it.type !== 'number') continue;
    const probe = (value) => {
      validate({ [key]: it.list ? [value] : it.map ? { a: value } : value });
      return (validate.errors ?? [])
        .filter((e) => e.instancePath.startsWith(`/${key}`))
        .map((e) => e.keyword);
    };
    if (!probe(1.5).includes('type')) it.type = 'double';
    else it.type = probe(2 ** 40).includes('format') ? 'int32' : 'int64';
  }
}

export async function generateStructure() {
  const types = {};
  const descriptions = {};
  const kinds = {};
  const queue = [];
  for (const [groupVersion, names] of Object.entries(ROOTS)) {
    for (const name of names) {
      const file = path.join(modelsDir, groupVersion, `${name}.d.ts`);
      if (!existsSync(file)) throw new Error(`kubernetes-models has no ${groupVersion} ${name}`);
      kinds[`${groupVersion}/${name}`] = shortName(file).name;
      queue.push(file);
    }
  }
  const seen = new Set();
  while (queue.length > 0) {
    const file = queue.shift();
    if (seen.has(file)) continue;
    seen.add(file);
    const { text, name } = shortName(file);
    const scope = new Map();
    for (const m of text.matchAll(/import \{ (\w+) \} from "([^"]+)"/g))
      scope.set(m[1], declarationFile(m[2], file));
    const self = /export interface (I\w+)/.exec(text)?.[1];
    const alias = /export type \{ I\w+ as (I\w+)/.exec(text)?.[1];
    if (self) scope.set(self, file);
    if (alias) scope.set(alias, file);
    const start = text.search(/export interface /);
    if (start === -1) {
      types[name] = { any: true };
      continue;
    }
    const body = text.slice(start, text.indexOf('\n}', start));
    const fields = {};
    const texts = {};
    const memberAt =
      /(?: {4}\/\*\*([\s\S]*?)\*\/\n)? {4}"([^"]+)"(\??): ((?:\{\n[\s\S]*?\n {4}\}|Array<\{\n[\s\S]*?\n {4}\}>|[^\n]*?));\n/g;
    for (const [, comment, key, optional, typeText] of `${body}\n`.matchAll(memberAt)) {
      const short = name
        .replace(/^[A-Z][a-z]+V\d(?:beta\d|alpha\d)?/, '')
        .replace(/^ApisMetaV1/, '');
      let parsed =
        key === 'volumeClaimTemplates'
          ? {
              list: true,
              ref: 'CoreV1PersistentVolumeClaim',
              file: path.join(modelsDir, 'v1', 'PersistentVolumeClaim.d.ts'),
            }
          : parseType(typeText, scope);
      if (parsed.inline) parsed = { ...parsed, type: 'any', inline: undefined };
      if (key === 'apiVersion' || key === 'kind') if (parsed.enum) parsed = { type: 'string' };
      if (parsed.file) {
        queue.push(parsed.file);
        parsed.ref = shortName(parsed.file).name;
        delete parsed.file;
      }
      delete parsed.inline;
      if (!optional && key !== 'apiVersion' && key !== 'kind') parsed.required = true;
      if (BYTES.has(`${short}.${key}`)) parsed.type = 'bytes';
      const keys = LIST_MAP_KEYS[`${short}.${key}`];
      if (keys) parsed.keys = keys;
      fields[key] = parsed;
      if (comment) texts[key] = unescapeComment(comment);
    }
    if (/extends TypeMeta/.test(body)) {
      fields.apiVersion = { type: 'string' };
      fields.kind = { type: 'string' };
    }
    await numberFormats(file, fields);
    types[name] = { fields };
    descriptions[name] = texts;
  }
  const sorted = (object) =>
    Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    structure: `${JSON.stringify({ kubernetesVersion: '1.36', kinds: sorted(kinds), types: sorted(types) })}\n`,
    descriptions: `${JSON.stringify(sorted(descriptions))}\n`,
  };
}
