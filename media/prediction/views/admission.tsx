// Submitted to stored: what the API server changed, by whom, or why it refused.
import { useMemo, useState } from 'preact/hooks';
import type { AdmissionView } from '../../../server/src/protocol/index.ts';
import { diffLines, type DiffLine } from '../model/diff.ts';
import { Card, PlaceLink, Sign } from '../parts/common.tsx';
import type { Desk } from '../model/desk.ts';

export function Admission({ desk }: { readonly desk: Desk }) {
  const { admission } = desk.view;
  const { allowed, code, reason, message } = admission;
  return (
    <>
      <p class="lead">
        <Sign tone={allowed ? 'good' : 'bad'} />
        {allowed ? (
          <>
            Accepted{code === 0 ? '' : ` with ${code}`};{' '}
            <strong>{admission.mutations.length}</strong> fields set by the server.
          </>
        ) : (
          <>
            Refused with {code} {reason}: {message}
          </>
        )}
      </p>
      <Causes desk={desk} admission={admission} />
      {admission.warnings.length > 0 && (
        <Card title="Warnings" tone="warn">
          <ul class="plain">
            {admission.warnings.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </Card>
      )}
      {admission.webhooks.length > 0 && (
        <Card title="Webhooks that would be called" tone="plain">
          <ul class="plain">
            {admission.webhooks.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </Card>
      )}
      <Diff admission={admission} desk={desk} />
      <Mutations admission={admission} desk={desk} />
    </>
  );
}

interface PartProps {
  readonly desk: Desk;
  readonly admission: AdmissionView;
}

function Causes({ desk, admission: { causes } }: PartProps) {
  if (causes.length === 0) return null;
  return (
    <Card title="Why it is refused" tone="bad">
      <ul class="rows">
        {causes.map(({ field, message, place }, index) => (
          <li key={index}>
            <code>{field}</code>
            <span class="grow">{message}</span>
            <PlaceLink desk={desk} place={place} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

const SMALL_GAP = 2;

function Diff({ desk, admission: { submitted, stored, mutations } }: PartProps) {
  const [whole, setWhole] = useState(false);
  const lines = useMemo(
    () => diffLines(submitted, stored, mutations),
    [submitted, stored, mutations],
  );
  if (stored === '') return null;
  const shown = whole ? lines.map((line) => ({ line, gap: 0 })) : nearChanges(lines);
  return (
    <section class="block">
      <div class="row">
        <h2 class="grow">Submitted to stored</h2>
        <label class="check">
          <input type="checkbox" checked={whole} onChange={() => setWhole(!whole)} />
          unchanged lines too
        </label>
      </div>
      <div class="diff" tabIndex={0} role="region" aria-label="Submitted to stored, as a diff">
        <table>
          <thead class="unseen">
            <tr>
              <th scope="col">Change</th>
              <th scope="col">Line</th>
              <th scope="col">Author</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ line, gap }, index) => (
              <DiffRow key={index} desk={desk} line={line} gap={gap} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;

function DiffRow({ desk, line, gap }: { desk: Desk; line: DiffLine; gap: number }) {
  return (
    <>
      {gap > 0 && (
        <tr class="gap">
          <td />
          <td colSpan={2}>{gap} unchanged</td>
        </tr>
      )}
      <tr class={`d-${line.kind}`}>
        <td class="d-sign">{SIGNS[line.kind]}</td>
        <td class="d-text">{line.text}</td>
        <td class="d-author">
          {line.mutation && (
            <PlaceLink desk={desk} place={line.mutation.place}>
              {line.mutation.author}
            </PlaceLink>
          )}
        </td>
      </tr>
    </>
  );
}

/** A line or two are told as fast as that they were left out. */
function fillSmallGaps(near: Uint8Array): void {
  let last = -1;
  for (let at = 0; at < near.length; at += 1) {
    if (near[at] !== 1) continue;
    if (at - last - 1 <= SMALL_GAP) near.fill(1, last + 1, at);
    last = at;
  }
}

/** The lines that a line stands under: less indented each, up to the root. */
function parentsOf(lines: readonly DiffLine[], at: number): readonly number[] {
  const parents: number[] = [];
  let depth = depthOf(lines[at]);
  for (let above = at - 1; above >= 0 && depth > 0; above -= 1) {
    const own = depthOf(lines[above]);
    if (own >= depth) continue;
    parents.push(above);
    depth = own;
  }
  return parents;
}

/** An item's dash is as deep as what the item holds is not. */
function depthOf(line: DiffLine | undefined): number {
  return line?.text.search(/[^ ]/) ?? 0;
}

/** Changes under the lines they stand in; `gap` counts what was left out before a line. */
function nearChanges(
  lines: readonly DiffLine[],
): readonly { readonly line: DiffLine; readonly gap: number }[] {
  const near = new Uint8Array(lines.length);
  lines.forEach(({ kind }, at) => {
    if (kind === 'same') return;
    near[at] = 1;
    for (const parent of parentsOf(lines, at)) near[parent] = 1;
  });
  fillSmallGaps(near);
  let gap = 0;
  return lines.flatMap((line, at) => {
    if (near[at] !== 1) {
      gap += 1;
      return [];
    }
    const before = gap;
    gap = 0;
    return [{ line, gap: before }];
  });
}

function Mutations({ desk, admission: { mutations } }: PartProps) {
  if (mutations.length === 0) return null;
  return (
    <details class="block">
      <summary>The same changes as a table</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Changes by the server">
        <table>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">By</th>
            </tr>
          </thead>
          <tbody>
            {mutations.map(({ path, before, after, author, place }) => (
              <tr key={`${path} ${author}`}>
                <td>
                  <PlaceLink desk={desk} place={place}>
                    <code>{path}</code>
                  </PlaceLink>
                </td>
                <td>{before ?? <span class="dim">not set</span>}</td>
                <td>
                  <code>{after ?? 'removed'}</code>
                </td>
                <td>{author}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
