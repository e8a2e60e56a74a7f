// What-if: sliders, choices and switches; the prediction follows, and what was found good is written.
import type { KnobView } from '../../../server/src/protocol/index.ts';
import type { Desk } from '../model/desk.ts';

/** Opens and closes the knobs, and says how many are turned. */
export function KnobsButton({ desk: { view, ui, change } }: { readonly desk: Desk }) {
  if (view.knobs.length === 0) return null;
  const turned = Object.keys(ui.values).length;
  return (
    <button
      type="button"
      aria-expanded={ui.knobsOpen}
      aria-controls="knobs"
      title="Try other values; the picture and the findings follow"
      onClick={() => change({ knobsOpen: !ui.knobsOpen })}
    >
      What if
      {turned > 0 && <span class="badge t-warn">{turned}</span>}
    </button>
  );
}

export function Knobs({ desk }: { readonly desk: Desk }) {
  const { view, ui, change } = desk;
  if (view.knobs.length === 0) return null;
  const turned = Object.keys(ui.values).length;
  return (
    <section id="knobs" class="knobs" aria-label="What if" hidden={!ui.knobsOpen}>
      <div class="knob-grid">
        {view.knobs.map((knob) => (
          <Knob key={knob.id} desk={desk} knob={knob} />
        ))}
      </div>
      {turned > 0 && (
        <p class="knob-foot">
          Shown is what would happen; outlined is the manifest as it is.{' '}
          <button type="button" onClick={() => change({ values: {} })}>
            Reset all
          </button>
        </p>
      )}
    </section>
  );
}

interface KnobProps {
  readonly desk: Desk;
  readonly knob: KnobView;
}

function Knob({ desk, knob }: KnobProps) {
  const { values } = desk.ui;
  const value = values[knob.id] ?? knob.value;
  const set = (text: string) => desk.change({ values: { ...values, [knob.id]: text } });
  const id = `knob-${knob.id}`;
  return (
    <div class={`knob${knob.changed ? ' is-changed' : ''}`}>
      <label for={id}>{knob.label}</label>
      <KnobInput id={id} knob={knob} value={value} set={set} />
      {value === '' && <span class="knob-note">{knob.unset}</span>}
      {knob.id in values && (
        <span class="knob-actions">
          {knob.write && <WriteButton desk={desk} knob={knob} />}
          <button type="button" onClick={() => desk.change({ values: without(values, knob.id) })}>
            Reset<span class="unseen"> {knob.label}</span>
          </button>
        </span>
      )}
    </div>
  );
}

interface InputProps {
  readonly id: string;
  readonly knob: KnobView;
  readonly value: string;
  readonly set: (text: string) => void;
}

function KnobInput({ id, knob, value, set }: InputProps) {
  switch (knob.kind) {
    case 'number':
      return (
        <span class="knob-number">
          <input
            id={id}
            type="range"
            min={knob.min ?? 0}
            max={Math.max(knob.max ?? 100, Number(value) || 0)}
            step={knob.step ?? 1}
            value={value === '' ? (knob.startsAt ?? 0) : value}
            aria-valuetext={value === '' ? knob.unset : `${value}${knob.unit}`}
            onInput={(event) => set(event.currentTarget.value)}
          />
          <output for={id} title={knob.unset}>
            {value === '' ? '?' : `${value}${knob.unit}`}
          </output>
        </span>
      );
    case 'choice':
      return (
        <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
          {(knob.choices ?? []).map((it) => (
            <option key={it} value={it}>
              {it}
            </option>
          ))}
        </select>
      );
    case 'switch':
      return (
        <input
          id={id}
          type="checkbox"
          checked={value === 'true'}
          onChange={(event) => set(String(event.currentTarget.checked))}
        />
      );
  }
}

function WriteButton({ desk, knob }: KnobProps) {
  const { write } = knob;
  if (!write) return null;
  const apply = () => {
    desk.send({ type: 'applyEdit', files: write.files });
    desk.change({ values: without(desk.ui.values, knob.id) });
  };
  return (
    <button type="button" class="primary" title={write.title} onClick={apply}>
      Write into the manifest<span class="unseen">: {write.title}</span>
    </button>
  );
}

function without(values: Readonly<Record<string, string>>, id: string) {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== id));
}
