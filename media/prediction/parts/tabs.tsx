// The tabs: one in the tab order, arrows, Home and End between them.
import type { PredictionView, Section } from '../../../server/src/protocol/index.ts';
import { byGravity } from '../model/desk.ts';
import type { Tone } from './common.tsx';

const TITLES: Readonly<Record<Section, string>> = {
  overview: 'Overview',
  lifecycle: 'Lifecycle',
  shutdown: 'Shutdown',
  admission: 'Admission',
  scheduling: 'Scheduling',
  endpoints: 'Endpoints',
  rollout: 'Rollout',
  findings: 'Findings',
};

export const SECTIONS = Object.keys(TITLES) as readonly Section[];

interface TabsProps {
  readonly view: PredictionView;
  readonly section: Section;
  readonly turn: (section: Section) => void;
}

export function Tabs({ view, section, turn }: TabsProps) {
  const move = (event: KeyboardEvent) => {
    const next = nextSection(section, event.key);
    if (!next) return;
    event.preventDefault();
    turn(next);
    document.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
      {SECTIONS.map((it) => {
        const badge = badgeOf(view, it);
        return (
          <button
            key={it}
            id={`tab-${it}`}
            type="button"
            role="tab"
            aria-selected={it === section}
            aria-controls="view"
            tabIndex={it === section ? 0 : -1}
            onClick={() => turn(it)}
          >
            {TITLES[it]}
            {badge && <span class={`badge t-${badge.tone}`}>{badge.text}</span>}
          </button>
        );
      })}
    </div>
  );
}

function nextSection(section: Section, key: string): Section | undefined {
  const at = SECTIONS.indexOf(section);
  switch (key) {
    case 'ArrowRight':
      return SECTIONS[(at + 1) % SECTIONS.length];
    case 'ArrowLeft':
      return SECTIONS.at(at - 1);
    case 'Home':
      return SECTIONS[0];
    case 'End':
      return SECTIONS.at(-1);
    default:
      return undefined;
  }
}

function badgeOf(
  view: PredictionView,
  section: Section,
): { readonly text: string; readonly tone: Tone } | null {
  switch (section) {
    case 'findings': {
      const [gravest] = byGravity(view.findings);
      if (!gravest) return null;
      const { severity } = gravest;
      const tone = severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'plain';
      return { text: String(view.findings.length), tone };
    }
    case 'admission':
      return view.admission.allowed ? null : { text: '✕', tone: 'bad' };
    case 'scheduling':
      return view.scheduling && view.scheduling.chosen === null ? { text: '✕', tone: 'bad' } : null;
    case 'shutdown': {
      const broken = view.shutdowns[0]?.verdicts.filter((it) => !it.holds).length ?? 0;
      return broken > 0 ? { text: String(broken), tone: 'bad' } : null;
    }
    default:
      return null;
  }
}
