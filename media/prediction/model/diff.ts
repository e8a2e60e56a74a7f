// What the API server changed: two YAML texts line by line, each change with its author.
import type { MutationView } from '../../../server/src/protocol/index.ts';

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
  /** The mutation that wrote an added line. */
  readonly mutation: MutationView | null;
}

/** Above this the middle is not compared line by line; tables of that size freeze a page. */
const MAX_CELLS = 4_000_000;

export function diffLines(
  submitted: string,
  stored: string,
  mutations: readonly MutationView[],
): readonly DiffLine[] {
  const before = lines(submitted);
  const after = lines(stored);
  const authors = authorsOf(stored, mutations);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const middle = compare(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
  );
  let line = 0;
  return [
    ...after.slice(0, head).map(same),
    ...middle,
    ...after.slice(after.length - tail).map(same),
  ].map((it) => {
    if (it.kind === 'removed') return it;
    const mutation = it.kind === 'added' ? (authors[line] ?? null) : null;
    line += 1;
    return { ...it, mutation };
  });
}

function lines(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function same(text: string): DiffLine {
  return { kind: 'same', text, mutation: null };
}

function compare(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  if (before.length * after.length > MAX_CELLS) {
    return [...before.map(removed), ...after.map(added)];
  }
  const lengths = commonLengths(before, after);
  const width = after.length + 1;
  const result: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      result.push(same(after[j] ?? ''));
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) {
      result.push(removed(before[i] ?? ''));
      i += 1;
    } else {
      result.push(added(after[j] ?? ''));
      j += 1;
    }
  }
  return [...result, ...before.slice(i).map(removed), ...after.slice(j).map(added)];
}

function removed(text: string): DiffLine {
  return { kind: 'removed', text, mutation: null };
}

function added(text: string): DiffLine {
  return { kind: 'added', text, mutation: null };
}

/** Longest common subsequences of all pairs of tails. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        before[i] === after[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  return lengths;
}

/** For each line of a YAML text in block style, the mutation whose path it is at or under. */
function authorsOf(
  text: string,
  mutations: readonly MutationView[],
): readonly (MutationView | null)[] {
  const byPath = new Map(mutations.map((it) => [it.path, it]));
  return yamlPaths(text).map((path) => {
    for (let at = path; at !== ''; at = parent(at)) {
      const found = byPath.get(at);
      if (found) return found;
    }
    return null;
  });
}

function parent(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0));
}

interface Level {
  readonly indent: number;
  readonly path: string;
  index: number;
}

/** The path that each line of a block-style YAML text belongs to. */
export function yamlPaths(text: string): readonly string[] {
  const stack: Level[] = [];
  return lines(text).map((line) => {
    let indent = line.length - line.trimStart().length;
    let rest = line.trimStart();
    let path = '';
    while (rest.startsWith('- ') || rest === '-') {
      const level = openLevel(stack, indent, true);
      level.index += 1;
      path = `${level.path}[${level.index}]`;
      stack.push({ indent: indent + 1, path, index: -1 });
      indent += 2;
      rest = rest.slice(2);
    }
    const key = /^("[^"]*"|'[^']*'|[^\s:]+):(\s|$)/.exec(rest)?.[1];
    if (key === undefined) return path || (stack.at(-1)?.path ?? '');
    const base = openLevel(stack, indent, false).path;
    const name = key.replace(/^["']|["']$/g, '');
    path = base === '' ? name : `${base}.${name}`;
    stack.push({ indent, path, index: -1 });
    return path;
  });
}

/** Leaves what is deeper than the indent; what is left on top is the parent. */
function openLevel(stack: Level[], indent: number, list: boolean): Level {
  // A list may stand at its key's own indent.
  while (stack.length > 0 && (stack.at(-1)?.indent ?? 0) >= indent + (list ? 1 : 0)) stack.pop();
  const top = stack.at(-1);
  if (top) return top;
  const root = { indent: -1, path: '', index: -1 };
  return root;
}
