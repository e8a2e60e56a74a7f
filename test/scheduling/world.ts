/** Worlds and pods of the scheduler's tests: YAML in, a snapshot out. */
import { parseAllDocuments } from 'yaml';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import {
  formatPath,
  toFieldRef,
  type Citable,
  type KubernetesObject,
  type Pod,
} from '../../server/src/manifest/index.ts';
import { SchedulingSnapshot } from '../../server/src/scheduling/index.ts';

/** The objects of a text of several documents. */
export function objects(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map((it) => it.toJS() as KubernetesObject | null)
    .filter((it) => it !== null);
}

export function world(text: string): SchedulingSnapshot {
  return SchedulingSnapshot.of(new ClusterSnapshot(objects(text)));
}

/** A pod named `web` with the fields of a spec; its one container is `app` where none is given. */
export function pod(spec = '', name = 'web'): Pod {
  const fields = (parseAllDocuments(spec)[0]?.toJS() ?? {}) as Partial<Pod['spec']>;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...fields },
  };
}

/** The places an explanation cites: `Pod spec.tolerations`. */
export function cited(cites: readonly Citable[]): readonly string[] {
  return cites.map((it) => {
    const { root, path } = toFieldRef(it);
    return `${(root as KubernetesObject).kind} ${formatPath(path)}`;
  });
}

/** Three nodes in two zones with 4 CPU and 8Gi each. */
export const THREE_NODES = ['node-a', 'node-b', 'node-c']
  .map((name, i) => node(name, { zone: i < 2 ? 'one' : 'two' }))
  .join('---\n');

export interface NodeOptions {
  readonly zone?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  /** Lines under `spec:`, in flow style. */
  readonly spec?: string;
  /** More labels, in flow style without braces. */
  readonly labels?: string;
}

export function node(name: string, options: NodeOptions = {}): string {
  const { zone = 'one', cpu = '4', memory = '8Gi', pods = '110', spec = '{}', labels } = options;
  const all = `kubernetes.io/hostname: ${name}, topology.kubernetes.io/zone: ${zone}`;
  return `
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { ${all}${labels ? `, ${labels}` : ''} } }
spec: ${spec}
status: { allocatable: { cpu: "${cpu}", memory: ${memory}, pods: "${pods}" } }
`;
}

/** A running pod on a node. */
export function bound(name: string, nodeName: string, spec = '', labels = `app: ${name}`): string {
  return `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: default, labels: { ${labels} } }
spec: { nodeName: ${nodeName}, containers: [{ name: app, image: a, ${requests(spec)} }], ${spec} }
status: { phase: Running, startTime: "2026-01-01T00:00:00Z" }
`;
}

function requests(spec: string): string {
  return spec.includes('containers') ? '' : 'resources: { requests: { cpu: "1", memory: 1Gi } }';
}
