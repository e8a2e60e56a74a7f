// Receives views, draws them, sends intents, and keeps how the panel stands.
import { render } from 'preact';
import './prediction.css';
import './charts.css';
import type { FromWebview, PanelState, ToWebview } from '../../server/src/protocol/index.ts';
import { App } from './app.tsx';
import { FIRST_UI, type Ui } from './model/desk.ts';

interface Kept extends PanelState {
  readonly ui?: Ui;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromWebview): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
};

const editor = acquireVsCodeApi();
const root = document.querySelector('#root') ?? document.body;
let shown: Extract<ToWebview, { type: 'view' }> | undefined;
let ui: Ui = FIRST_UI;
let width = 0;
let frame = 0;

window.addEventListener('message', ({ data }: MessageEvent<ToWebview>) => {
  switch (data.type) {
    case 'view':
      return show(data);
    case 'section':
      return turn(data);
    case 'empty':
      shown = undefined;
      return render(<p class="empty">{data.message}</p>, root);
  }
});

function show(next: Extract<ToWebview, { type: 'view' }>): void {
  const { subject } = next.state;
  if (!shown) {
    const kept = editor.getState();
    if (kept?.ui && kept.subject === subject) ui = { ...FIRST_UI, ...kept.ui };
    ui = { ...ui, section: next.state.section };
  } else if (shown.state.subject !== subject) {
    ui = { ...ui, values: {}, verdict: null, startMoment: null, endMoment: null };
  }
  const restored = !shown && Object.keys(ui.values).length > 0;
  shown = next;
  if (restored) send({ type: 'whatIf', values: ui.values });
  draw();
}

function turn({ section, cause, at }: Extract<ToWebview, { type: 'section' }>): void {
  const moment = section === 'lifecycle' ? { startMoment: at ?? null } : { endMoment: at ?? null };
  change({
    section,
    ...(cause === undefined ? {} : { cause, verdict: null }),
    ...(at === undefined ? {} : moment),
  });
}

function change(part: Partial<Ui>): void {
  const before = ui;
  ui = { ...ui, ...part };
  if (part.section !== undefined && part.section !== before.section) {
    send({ type: 'select', section: part.section });
    if (before.section !== part.section) scrollTo({ top: 0 });
  }
  if (part.values) askWhatIf();
  schedule();
}

let asked = 0;

/** At most once a frame, whatever a slider reports. */
function askWhatIf(): void {
  asked ||= requestAnimationFrame(() => {
    asked = 0;
    send({ type: 'whatIf', values: ui.values });
  });
}

function schedule(): void {
  frame ||= requestAnimationFrame(draw);
}

function draw(): void {
  cancelAnimationFrame(frame);
  frame = 0;
  if (!shown) return;
  const { view, baseline = null, state } = shown;
  editor.setState({ ...state, section: ui.section, ui });
  const desk = { view, baseline, ui, width: drawingWidth(), gradual: true, change, send };
  render(<App desk={desk} pinned={state.pinned} />, root);
}

/** What is left beside the page's margins; drawings are as wide. */
function drawingWidth(): number {
  const style = getComputedStyle(document.body);
  const margins = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
  return Math.max(280, Math.floor(document.body.clientWidth - (margins || 0)));
}

function send(message: FromWebview): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's own method
  editor.postMessage(message);
}

new ResizeObserver(() => {
  const next = drawingWidth();
  if (next === width) return;
  width = next;
  schedule();
}).observe(document.body);
send({ type: 'ready' });
