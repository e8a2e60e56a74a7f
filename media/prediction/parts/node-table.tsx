// The table of nodes: sortable, and only the rows in sight are drawn, so 5,000 nodes scroll smoothly.
import { useMemo, useRef, useState } from 'preact/hooks';
import type { NodeVerdictView, SchedulingView } from '../../../server/src/protocol/index.ts';

interface NodeTableProps {
  readonly scheduling: SchedulingView;
  readonly nodes: readonly NodeVerdictView[];
  readonly selected: string | null;
  readonly select: (node: string) => void;
}

interface Column {
  readonly id: string;
  readonly title: string;
  readonly kind: 'text' | 'filter' | 'score';
  readonly weight?: number;
}

interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

const ROW = 30;
const SIGHT = 420;
const SPARE = 12;

export function NodeTable({ scheduling, nodes, selected, select }: NodeTableProps) {
  const [sorting, setSorting] = useState<Sorting>({ column: 'total', descending: true });
  const [scrolled, setScrolled] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsOf(scheduling), [scheduling]);
  const sorted = useMemo(() => sortNodes(nodes, sorting), [nodes, sorting]);
  // A shorter list may end before where one had scrolled to.
  const top = Math.min(Math.floor(scrolled / ROW), sorted.length - Math.ceil(SIGHT / ROW));
  const first = Math.max(0, top - SPARE);
  const last = Math.min(sorted.length, Math.max(0, top) + Math.ceil(SIGHT / ROW) + SPARE);
  const winners = useMemo(() => winnersOf(scheduling), [scheduling]);
  const best = Math.max(1, ...Object.values(scheduling.nodes[0]?.scores ?? {}));
  const walk = (event: KeyboardEvent) => {
    const at = sorted.findIndex((it) => it.node === selected);
    const next = at + (event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0);
    const node = sorted[next];
    if (next === at || !node) return;
    event.preventDefault();
    select(node.node);
    box.current?.scrollTo({ top: Math.max(0, next * ROW - SIGHT / 2) });
  };
  return (
    <div
      ref={box}
      class="node-table"
      tabIndex={0}
      role="region"
      aria-label="Nodes and what each plugin says; arrow keys choose a node"
      onKeyDown={walk}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
    >
      <table aria-rowcount={sorted.length + 1}>
        <thead>
          <tr>
            {columns.map((it) => (
              <HeadCell key={it.id} column={it} sorting={sorting} setSorting={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer rows={first} columns={columns.length} />
          {sorted.slice(first, last).map((node, index) => (
            <NodeRow
              key={node.node}
              node={node}
              index={first + index}
              columns={columns}
              best={best}
              winner={winners.has(node.node) ? (winners.size > 1 ? 'tied' : 'winner') : null}
              selected={node.node === selected}
              select={select}
            />
          ))}
          <Spacer rows={sorted.length - last} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Whether a node has the highest score, alone or with others. */
export function isTied(node: NodeVerdictView, winner: NodeVerdictView | undefined): boolean {
  if (!winner) return false;
  return node.node === winner.node || (node.feasible && node.total === winner.total);
}

function winnersOf({ nodes, chosen }: SchedulingView): ReadonlySet<string> {
  const winner = nodes.find((it) => it.node === chosen);
  return new Set(nodes.filter((it) => isTied(it, winner)).map((it) => it.node));
}

/** Plugins that refuse somebody, then the scores; a column of nothing but consent says nothing. */
function columnsOf({
  filterPlugins,
  scorePlugins,
  nodes,
  feasibleCount,
}: SchedulingView): readonly Column[] {
  const refusing = new Set(nodes.flatMap((it) => it.refusals.map(({ plugin }) => plugin)));
  const known = filterPlugins.filter((it) => refusing.has(it));
  // The only node that fits is taken unscored.
  const scored = feasibleCount > 1 && nodes.some((it) => it.total !== null);
  // As does one of nothing but noughts.
  const given = new Set(
    nodes.flatMap((it) => Object.entries(it.scores).flatMap(([id, n]) => (n === 0 ? [] : [id]))),
  );
  return [
    { id: 'node', title: 'Node', kind: 'text' },
    { id: 'zone', title: 'Zone', kind: 'text' },
    ...(scored ? [{ id: 'total', title: 'Score', kind: 'score' } as const] : []),
    ...known.map((id) => ({ id, title: id, kind: 'filter' }) as const),
    ...(scored
      ? scorePlugins
          .filter(({ name }) => given.has(name))
          .map(({ name, weight }) => ({
            id: `score:${name}`,
            title: name,
            kind: 'score' as const,
            weight,
          }))
      : []),
  ];
}

// Made once: comparing by `localeCompare` makes one for each of 60,000 comparisons.
const names = new Intl.Collator('en', { numeric: true });

function sortNodes(
  nodes: readonly NodeVerdictView[],
  { column, descending }: Sorting,
): readonly NodeVerdictView[] {
  const sign = descending ? -1 : 1;
  return nodes.toSorted((a, b) => {
    const [first, second] = [sortKey(a, column), sortKey(b, column)];
    if (typeof first === 'number' && typeof second === 'number') return sign * (first - second);
    return sign * names.compare(String(first), String(second));
  });
}

function sortKey(node: NodeVerdictView, column: string): string | number {
  if (column === 'node') return node.node;
  if (column === 'zone') return node.zone ?? '';
  if (column === 'total') return node.total ?? (node.feasible ? 0 : -1);
  if (column.startsWith('score:')) return node.scores[column.slice(6)] ?? -1;
  return node.refusals.findIndex((it) => it.plugin === column) + 1;
}

interface HeadCellProps {
  readonly column: Column;
  readonly sorting: Sorting;
  readonly setSorting: (sorting: Sorting) => void;
}

function HeadCell({ column: { id, title, kind, weight }, sorting, setSorting }: HeadCellProps) {
  const sorted = sorting.column === id;
  // Names from the first on, scores and refusals from the highest.
  const descending = sorted ? !sorting.descending : kind !== 'text';
  const turn = () => setSorting({ column: id, descending });
  return (
    <th scope="col" aria-sort={sorted ? (sorting.descending ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={turn}>
        <span class="head-title">{breakable(title)}</span>
        {weight !== undefined && <span class="dim"> ×{weight}</span>}
        <span aria-hidden="true">{sorted ? (sorting.descending ? ' ▾' : ' ▴') : ''}</span>
      </button>
    </th>
  );
}

/** `NodeResourcesFit` may break between its words. */
function breakable(title: string): string {
  return title.replace(/([a-z])([A-Z])/g, '$1\u200B$2');
}

interface NodeRowProps {
  readonly node: NodeVerdictView;
  readonly index: number;
  readonly columns: readonly Column[];
  readonly best: number;
  readonly winner: 'winner' | 'tied' | null;
  readonly selected: boolean;
  readonly select: (node: string) => void;
}

function NodeRow({ node, index, columns, winner, selected, select, best }: NodeRowProps) {
  const state = `${winner ? ' is-winner' : ''}${selected ? ' is-selected' : ''}`;
  return (
    <tr
      class={`${node.feasible ? 'fits' : 'refused'}${state}`}
      aria-rowindex={index + 2}
      onClick={() => select(node.node)}
    >
      {columns.map((column) => (
        <NodeCell key={column.id} node={node} column={column} best={best} winner={winner} />
      ))}
    </tr>
  );
}

interface NodeCellProps {
  readonly node: NodeVerdictView;
  readonly column: Column;
  readonly best: number;
  readonly winner: 'winner' | 'tied' | null;
}

function NodeCell({ node, column, best, winner }: NodeCellProps) {
  const { id, kind } = column;
  if (id === 'node') {
    return (
      <th scope="row">
        {node.node}
        {winner && <span class="badge t-good">{winner}</span>}
      </th>
    );
  }
  if (id === 'zone') return <td>{node.zone ?? '–'}</td>;
  if (kind === 'filter') {
    const at = node.refusals.findIndex((it) => it.plugin === id);
    if (at === -1) return <td class="pass">✓</td>;
    return (
      <td class={at === 0 ? 'refuses' : 'refuses-too'} title={node.refusals[at]?.reason}>
        ✕ {at === 0 ? 'refuses' : 'also'}
      </td>
    );
  }
  const score = id === 'total' ? node.total : node.scores[id.slice('score:'.length)];
  if (score === null || score === undefined) return <td class="dim">–</td>;
  if (id === 'total') return <td class="total">{score}</td>;
  return (
    <td class="score">
      {score}
      <svg width="100%" height="3" aria-hidden="true">
        <rect class="score-bar" width={`${Math.min(100, (score / best) * 100)}%`} height="3" />
      </svg>
    </td>
  );
}

function Spacer({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td class="spacer" colSpan={columns} height={rows * ROW} />
    </tr>
  );
}
