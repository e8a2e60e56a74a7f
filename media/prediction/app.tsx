// The panel: title, what-if, tabs, and one view below them.
import type { Section } from '../../server/src/protocol/index.ts';
import type { Desk } from './model/desk.ts';
import { Sign } from './parts/common.tsx';
import { ExportMenu } from './parts/export-menu.tsx';
import { Knobs, KnobsButton } from './parts/knobs.tsx';
import { Tabs } from './parts/tabs.tsx';
import { Admission } from './views/admission.tsx';
import { Endpoints } from './views/endpoints.tsx';
import { Findings } from './views/findings.tsx';
import { Lifecycle } from './views/lifecycle.tsx';
import { Overview } from './views/overview.tsx';
import { Rollout } from './views/rollout.tsx';
import { Scheduling } from './views/scheduling.tsx';
import { Shutdown } from './views/shutdown.tsx';

const VIEWS = {
  overview: Overview,
  lifecycle: Lifecycle,
  shutdown: Shutdown,
  admission: Admission,
  scheduling: Scheduling,
  endpoints: Endpoints,
  rollout: Rollout,
  findings: Findings,
} as const satisfies Record<Section, (props: { readonly desk: Desk }) => unknown>;

interface AppProps {
  readonly desk: Desk;
  readonly pinned: boolean;
}

export function App({ desk, pinned }: AppProps) {
  const { section } = desk.ui;
  const View = VIEWS[section];
  return (
    <>
      <header>
        <Title desk={desk} pinned={pinned} />
        <Knobs desk={desk} />
        <Tabs view={desk.view} section={section} turn={(it) => desk.change({ section: it })} />
      </header>
      <main>
        <div id="view" role="tabpanel" aria-labelledby={`tab-${section}`} tabIndex={0}>
          <Refusal desk={desk} />
          <View desk={desk} />
        </div>
      </main>
    </>
  );
}

/** What the API server refuses, or cannot read, does none of what the other views show. */
function Refusal({ desk: { view, ui, change } }: { readonly desk: Desk }) {
  const { allowed, code } = view.admission;
  if (allowed || ui.section === 'admission' || ui.section === 'findings') return null;
  return (
    <p class="refusal" role="note">
      <Sign tone="bad" /> The API server {code === 400 ? 'cannot read it' : 'refuses it'}. What else
      is shown here would follow if it were accepted.{' '}
      <button type="button" class="link" onClick={() => change({ section: 'admission' })}>
        Why
      </button>
    </p>
  );
}

function Title({ desk, pinned }: AppProps) {
  const { view, send } = desk;
  const name = view.namespace === '' ? view.name : `${view.namespace}/${view.name}`;
  const others = view.siblings.filter((it) => it.subject !== view.subject);
  return (
    <div class="title">
      <h1>
        <span class="kind">{view.kind}</span> {name}
      </h1>
      {desk.baseline && <span class="badge t-warn">what if</span>}
      <span class="version">Kubernetes {view.kubernetesVersion}</span>
      <span class="grow" />
      <KnobsButton desk={desk} />
      {others.length > 0 && (
        <select
          aria-label="Workload of this file"
          value={view.subject}
          onChange={(event) => send({ type: 'select', subject: event.currentTarget.value })}
        >
          {view.siblings.map((it) => (
            <option key={it.subject} value={it.subject}>
              {it.title}
            </option>
          ))}
        </select>
      )}
      <button
        type="button"
        title="Show the workload in the manifest"
        onClick={() => send({ type: 'reveal', place: view.place })}
      >
        Manifest
      </button>
      <button
        type="button"
        aria-pressed={pinned}
        title="Stay on this workload when the cursor moves"
        onClick={() => send({ type: 'select', pinned: !pinned })}
      >
        {pinned ? 'Pinned' : 'Pin'}
      </button>
      <ExportMenu desk={desk} />
    </div>
  );
}
