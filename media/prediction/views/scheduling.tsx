// Nodes × plugins: who refuses which node and why, the scores of the others, and the winner.
import { useMemo, useState } from 'preact/hooks';
import type { NodeVerdictView, SchedulingView } from '../../../server/src/protocol/index.ts';
import { Card, Nothing, PlaceLink, Sign } from '../parts/common.tsx';
import { NodeTable } from '../parts/node-table.tsx';
import type { Desk } from '../model/desk.ts';

export function Scheduling({ desk }: { readonly desk: Desk }) {
  const { scheduling } = desk.view;
  if (!scheduling) return <Nothing>No pod is made of this, so there is nothing to place.</Nothing>;
  const { chosen, gated, nominated, message, replicas, changes } = scheduling;
  return (
    <>
      <p class="lead">
        <Sign tone={chosen === null ? 'bad' : 'good'} />
        {chosen === null ? (
          (gated ?? 'No node fits.')
        ) : (
          <>
            Runs on <strong>{chosen}</strong>.
          </>
        )}
        {nominated !== null && <> Nominated: {nominated}.</>}
      </p>
      <p>{message}</p>
      {replicas && (
        <p>
          <Sign tone={replicas.placed < replicas.wanted ? 'bad' : 'good'} /> {replicas.message}
        </p>
      )}
      <Nodes desk={desk} scheduling={scheduling} />
      {changes.length > 0 && (
        <Card title="What would change it" tone="plain">
          <ul class="rows">
            {changes.map(({ text, place }) => (
              <li key={text}>
                <span class="grow">{text}</span>
                <PlaceLink desk={desk} place={place} />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

interface NodesProps {
  readonly desk: Desk;
  readonly scheduling: SchedulingView;
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
      {node && <NodeWords desk={desk} node={node} winner={scheduling.chosen === node.node} />}
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
  readonly winner: boolean;
}

function NodeWords({ desk, node, winner }: NodeWordsProps) {
  const tone = node.feasible ? 'good' : 'bad';
  const title = `${node.node}${winner ? ', the winner' : ''}`;
  return (
    <Card title={title} tone={tone}>
      {node.refusals.length === 0 && (
        <p>
          No plugin refuses it.{node.total === null ? '' : ` Its scores add up to ${node.total}.`}
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
