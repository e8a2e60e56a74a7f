// Nodes × plugins: who refuses which node and why, the scores of the others, and the winner.
import { useMemo, useState } from 'preact/hooks';
import type { NodeVerdictView, SchedulingView } from '../../../server/src/protocol/index.ts';
import { Card, Nothing, PlaceLink, Sign } from '../parts/common.tsx';
import { isTied, NodeTable } from '../parts/node-table.tsx';
import type { Desk } from '../model/desk.ts';

export function Scheduling({ desk }: { readonly desk: Desk }) {
  const { scheduling } = desk.view;
  if (!scheduling) return <Nothing>No pod is made of this, so there is nothing to place.</Nothing>;
  const { chosen, lands, gated, nominated, message, replicas, why, capacity } = scheduling;
  return (
    <>
      <p class="lead">
        <Sign tone={chosen === null ? 'bad' : 'good'} />
        {chosen === null ? (
          (gated ?? 'No node fits.')
        ) : (
          <>
            Runs on <strong>{lands}</strong>
            {lands !== chosen && ': they score the same, and chance decides'}.
          </>
        )}
        {nominated !== null && <> Nominated: {nominated}.</>}
      </p>
      <p>{why ? sentence(why) : message}</p>
      {replicas && (
        <p>
          <Sign tone={replicas.placed < replicas.wanted ? 'bad' : 'good'} /> {replicas.message}
        </p>
      )}
      {capacity && <p>{capacity}</p>}
      <Answers desk={desk} scheduling={scheduling} />
      <Nodes desk={desk} scheduling={scheduling} />
    </>
  );
}

/** `665 points, 4 more than node-a` as a sentence of its own. */
function sentence(words: string): string {
  const text = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return text.endsWith('.') ? text : `${text}.`;
}

interface NodesProps {
  readonly desk: Desk;
  readonly scheduling: SchedulingView;
}

/** What would turn the answer: the smallest change of the pod, or so many nodes more. */
function Answers({ desk, scheduling: { changes, nodesToAdd } }: NodesProps) {
  if (changes.length === 0 && nodesToAdd.length === 0) return null;
  return (
    <Card title="The least that would change it" tone="plain">
      <ul class="rows">
        {changes.map(({ text, place }) => (
          <li key={text}>
            <span class="grow">{text}</span>
            <PlaceLink desk={desk} place={place} />
          </li>
        ))}
        {nodesToAdd.map((text) => (
          <li key={text}>
            <span class="grow">add {text}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Nodes({ desk, scheduling }: NodesProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [wanted, setWanted] = useState('');
  const nodes = useMemo(() => matching(scheduling.nodes, wanted), [scheduling.nodes, wanted]);
  if (scheduling.nodes.length === 0) return null;
  const asked = chosen ?? scheduling.chosen;
  // Where no node fits the first stands for why.
  const node = scheduling.nodes.find((it) => it.node === asked) ?? scheduling.nodes[0];
  return (
    <section class="block">
      <div class="row">
        <h2 class="grow">
          {scheduling.feasibleCount} of {scheduling.nodeCount} nodes can take it
        </h2>
        {scheduling.nodes.length > 8 && (
          <input
            type="search"
            placeholder="Node, zone or reason"
            aria-label="Show nodes with this name, zone or reason"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        )}
      </div>
      <NodeTable
        scheduling={scheduling}
        nodes={nodes}
        selected={node?.node ?? null}
        select={setChosen}
      />
      {node && <NodeWords desk={desk} node={node} scheduling={scheduling} />}
    </section>
  );
}

function matching(nodes: readonly NodeVerdictView[], wanted: string): readonly NodeVerdictView[] {
  const word = wanted.trim().toLowerCase();
  if (word === '') return nodes;
  return nodes.filter((it) =>
    [it.node, it.zone ?? '', ...it.refusals.map(({ reason }) => reason)].some((text) =>
      text.toLowerCase().includes(word),
    ),
  );
}

interface NodeWordsProps {
  readonly desk: Desk;
  readonly node: NodeVerdictView;
  readonly scheduling: SchedulingView;
}

function NodeWords({ desk, node, scheduling }: NodeWordsProps) {
  const { chosen, nodes, feasibleCount } = scheduling;
  const tone = node.feasible ? 'good' : 'bad';
  const winner = nodes.find((it) => it.node === chosen);
  const tied = nodes.filter((it) => isTied(it, winner)).length;
  const role = tied > 1 ? `, one of ${tied} with the highest score` : ', the winner';
  const title = `${node.node}${isTied(node, winner) ? role : ''}`;
  return (
    <Card title={title} tone={tone}>
      {node.refusals.length === 0 && (
        <p>
          No plugin refuses it.
          {node.total !== null && feasibleCount > 1 && ` Its scores add up to ${node.total}.`}
          {feasibleCount === 1 && ' The only node that fits is taken without being scored.'}
          {winner && !isTied(node, winner) && ` ${comparison(node, winner)}`}
        </p>
      )}
      <ol class="refusals">
        {node.refusals.map(({ plugin, reason, because, place }, index) => (
          <li key={index}>
            <p>
              <strong>{plugin}</strong>
              <span class="dim">{index === 0 ? ' refuses it: ' : ' would refuse it too: '}</span>
              {reason}
            </p>
            <p>
              {because} <PlaceLink desk={desk} place={place} />
            </p>
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** `4 points fewer than node-b: NodeResourcesFit −4.` */
function comparison(node: NodeVerdictView, winner: NodeVerdictView): string {
  if (node.total === null || winner.total === null) return '';
  const by = winner.total - node.total;
  const parts = Object.entries(winner.scores)
    .map(([plugin, points]) => ({ plugin, points: (node.scores[plugin] ?? 0) - points }))
    .filter((it) => it.points !== 0)
    .sort((a, b) => a.points - b.points)
    .map(({ plugin, points }) => `${plugin} ${points > 0 ? '+' : '−'}${Math.abs(points)}`);
  const least = `${by} ${by === 1 ? 'point' : 'points'} fewer than ${winner.node}`;
  return `${least}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`;
}
