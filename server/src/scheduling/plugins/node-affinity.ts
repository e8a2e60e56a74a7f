/** Lets a pod run only on nodes its nodeSelector and required affinity select; prefers others. */
import type { NodeFacts } from '../../cluster/index.ts';
import type { Explanation } from '../../explanation/index.ts';
import { field, keyOf, type NodeSelectorTerm, type Pod } from '../../manifest/index.ts';
import {
  normalizeToMax,
  Refusal,
  SKIP,
  SUCCESS,
  unresolvable,
  type FilterPlugin,
  type PreFilterPlugin,
  type PreScorePlugin,
  type ScorePlugin,
} from '../framework.ts';
import { nodeSelectorTermMatches, requiredNodeAffinityMatches } from '../node-selector.ts';
import { preferredTermFaults, type TermFault } from '../preferred-terms.ts';

interface Preference {
  readonly weight: number;
  readonly term: NodeSelectorTerm;
}

export const nodeAffinity = {
  name: 'NodeAffinity',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go',
    omits: ['addedAffinity: the default profile has none'],
  },

  preFilter({ pod }) {
    const required = requiredTerms(pod);
    if (!required && !pod.spec.nodeSelector) return SKIP;
    const nodeNames = namedNodes(required ?? []);
    if (nodeNames === undefined) return { state: undefined };
    if (nodeNames.size === 0) {
      return unresolvable('pod affinity terms conflict', () => ({
        message:
          'Each term of the required node affinity asks for two different node names at once.',
        cites: [requiredPlace(pod)],
      }));
    }
    return { state: undefined, nodeNames };
  },

  filter({ pod }, { facts }) {
    if (requiredNodeAffinityMatches(pod, facts)) return SUCCESS;
    return unresolvable("node(s) didn't match Pod's node affinity/selector", () =>
      explain(pod, facts),
    );
  },

  cannotScore({ pod }) {
    const faults = preferredTermFaults(preferredTerms(pod).map((it) => it.preference ?? {}));
    const texts = [...new Set(faults.map((it) => it.message))];
    if (texts.length === 0) return undefined;
    const reason = texts.length > 1 ? `[${texts.join(', ')}]` : texts.join('');
    return new Refusal('Error', [reason], () => explainFaults(pod, faults));
  },

  preScore({ pod }) {
    const preferred = preferredTerms(pod);
    if (preferred.length === 0) return SKIP;
    return {
      state: preferred.map(({ weight, preference }) => ({ weight, term: preference ?? {} })),
    };
  },

  score(_, { facts }, preferences) {
    let sum = 0;
    for (const { weight, term } of preferences) {
      if (nodeSelectorTermMatches(term, facts)) sum += weight;
    }
    return sum;
  },

  normalizeScores(scores) {
    normalizeToMax(scores, false);
  },
} satisfies PreFilterPlugin<undefined> &
  FilterPlugin &
  PreScorePlugin<readonly Preference[]> &
  ScorePlugin<readonly Preference[]>;

function requiredTerms(pod: Pod): readonly NodeSelectorTerm[] | undefined {
  return pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    ?.nodeSelectorTerms;
}

function preferredTerms(pod: Pod) {
  return pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
}

function explainFaults(pod: Pod, faults: readonly TermFault[]): Explanation {
  const { nodeAffinity } = field(pod).spec.affinity;
  const at = nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  return {
    message:
      'The API server lets these preferences pass, but the scheduler cannot read them: with more' +
      ' than one node to choose from the pod is never placed.',
    cites: faults.map((it) => at[it.term]?.preference.matchExpressions[it.expression] ?? at),
  };
}

function requiredPlace(pod: Pod) {
  return field(pod).spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
}

/** The nodes the terms ask for by name; undefined where some term asks for none by name. */
function namedNodes(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  if (terms.length === 0) return undefined;
  const all = new Set<string>();
  for (const { matchFields = [] } of terms) {
    let names: readonly string[] | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name' || operator !== 'In') continue;
      names = names ? names.filter((it) => values.includes(it)) : values;
    }
    if (names === undefined) return undefined;
    for (const it of names) all.add(it);
  }
  return all;
}

function explain(pod: Pod, facts: NodeFacts): Explanation {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    const has = facts.labels[key];
    if (has === value) continue;
    return {
      message:
        `The pod wants a node with the label ${key}=${value}; ` +
        `${facts.name} has ${has === undefined ? `no label ${key}` : `${key}=${has}`}.`,
      cites: [
        field(pod).spec.nodeSelector[key] ?? field(pod).spec.nodeSelector,
        has === undefined
          ? field(facts.node).metadata.labels
          : keyOf(field(facts.node).metadata.labels[key] ?? field(facts.node).metadata.labels),
      ],
    };
  }
  return {
    message: `No term of the required node affinity matches the labels of ${facts.name}.`,
    cites: [requiredPlace(pod), field(facts.node).metadata.labels],
  };
}
