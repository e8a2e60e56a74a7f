/**
 * The panel: from the message that brings a view to the frame that shows it, in Chromium where there
 * is one (else the same components rendered to a string), and how large its bundle is.
 */
import { gzipSync } from 'node:zlib';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { App } from '../../media/prediction/app.tsx';
import { FIRST_UI } from '../../media/prediction/model/desk.ts';
import { Workspace } from '../../server/src/features/index.ts';
import type { PredictionView, Section } from '../../server/src/protocol/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { bundle } from '../support/bundle.ts';
import { exampleView } from '../support/example-views.ts';
import { hasChromium, WebviewPage } from '../support/webview-page.ts';
import { median, type Row } from './measure.ts';
import { podText } from './prediction.ts';

const EXAMPLES = ['web', 'checkout', 'database', 'nightly', 'recommend'];
const DRAWN: readonly Section[] = ['overview', 'lifecycle', 'shutdown', 'scheduling'];
const ROUNDS = 15;
/** What is aimed at, in kilobytes. */
const MOST_KILOBYTES = 60;

interface Case {
  readonly name: string;
  readonly view: PredictionView;
}

export async function benchPanel(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { name, view } of cases()) rows.push(...(await drawn(name, view)));
  return [...rows, await bundleSize()];
}

function cases(): readonly Case[] {
  const examples = EXAMPLES.map((name) => ({ name, view: exampleView(name) }));
  const sizeOf = ({ view }: Case) => JSON.stringify(view).length;
  const [largest] = examples.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  return [
    { name: '3 containers, 2 sidecars', view: viewOf(podText(3, 2, 1)) },
    ...(largest ? [{ ...largest, name: `the largest example, ${largest.name}` }] : []),
    { name: '50 containers', view: viewOf(podText(50, 0, 1)) },
    { name: '5,000 nodes', view: viewOf(`${podText(1, 0, 1)}${nodes(5_000)}`) },
  ];
}

function viewOf(text: string): PredictionView {
  const uri = 'file:///bench/panel.yaml';
  const workspace = new Workspace(() => undefined);
  workspace.applyChange([{ uri, file: new SourceFile(uri, text) }]);
  const view = workspace.prediction({ uri });
  if (!view) throw new Error('the pod of the bench is not predicted');
  return JSON.parse(JSON.stringify(view)) as PredictionView;
}

function nodes(count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `---
apiVersion: v1
kind: Node
metadata: { name: node-${i}, labels: { topology.kubernetes.io/zone: zone-${i % 3} } }
status: { allocatable: { cpu: "16", memory: 64Gi, pods: "110" } }
`,
  ).join('');
}

async function drawn(name: string, view: PredictionView): Promise<readonly Row[]> {
  if (!hasChromium) return DRAWN.map((section) => toText(name, view, section));
  await using webview = await WebviewPage.open('dark', 1100);
  const rows: Row[] = [];
  for (const section of DRAWN) {
    const state = { uri: view.place.uri, subject: view.subject, section, pinned: false } as const;
    await webview.post({ type: 'view', view, state });
    await webview.post({ type: 'section', section });
    const given = { view, state, rounds: ROUNDS };
    const { first, again } = await webview.page.evaluate(messageToFrame, given);
    const note = `message to drawn frame; ${again.toFixed(1)} ms when drawn again`;
    rows.push({ name: `${name}: ${section}`, milliseconds: first, note });
    if (section !== 'lifecycle' && section !== 'shutdown') continue;
    const scrubbed = await webview.page.evaluate(scrub);
    const step = `${name}: ${section}, scrubbed`;
    rows.push({ name: step, milliseconds: scrubbed, note: 'the script of one step, in a frame' });
  }
  return rows;
}

/**
 * Runs in the page: a view on an empty page, and the same over what is drawn. A task that follows a
 * frame's callback runs after that frame was made.
 */
async function messageToFrame(given: {
  readonly view: PredictionView;
  readonly state: object;
  readonly rounds: number;
}): Promise<{ readonly first: number; readonly again: number }> {
  const timed = async (data: object) => {
    await new Promise(requestAnimationFrame);
    const begun = performance.now();
    window.dispatchEvent(new MessageEvent('message', { data }));
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', resolve);
      port1.start();
      port2.postMessage(null);
    });
    return performance.now() - begun;
  };
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < given.rounds; round += 1) {
    await timed({ type: 'empty', message: '' });
    first.push(
      await timed({ type: 'view', view: structuredClone(given.view), state: given.state }),
    );
    again.push(
      await timed({ type: 'view', view: structuredClone(given.view), state: given.state }),
    );
  }
  const middle = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
  return { first: middle(first), again: middle(again) };
}

/** Runs in the page: what a step of the scrubber keeps a frame busy for, without waiting for it. */
async function scrub(): Promise<number> {
  const slider = document.querySelector<HTMLInputElement>('.scrubber input[type=range]');
  const taken: number[] = [];
  for (let at = 20; at < 980; at += 20) {
    await new Promise(requestAnimationFrame);
    if (slider) slider.value = String(at);
    slider?.dispatchEvent(new Event('input', { bubbles: true }));
    // Drawn in the next frame, before this callback, which was asked for later.
    const begun = await new Promise<number>((resolve) => {
      requestAnimationFrame((time) => resolve(time));
    });
    document.body.getBoundingClientRect();
    taken.push(performance.now() - begun);
  }
  taken.sort((a, b) => a - b);
  return taken[taken.length >> 1] ?? 0;
}

function toText(name: string, view: PredictionView, section: Section): Row {
  const ui = { ...FIRST_UI, section };
  const desk = { view, baseline: null, ui, width: 1060, change: () => {}, send: () => {} };
  const milliseconds = median(ROUNDS, () => render(h(App, { desk, pinned: false })), 2);
  return { name: `${name}: ${section}`, milliseconds, note: 'no Chromium: rendered to a string' };
}

async function bundleSize(): Promise<Row> {
  const options = { format: 'iife', minify: true } as const;
  const { script, style } = await bundle('media/prediction/main.tsx', options);
  const begun = performance.now();
  const bytes = gzipSync(script, { level: 9 }).length + gzipSync(style, { level: 9 }).length;
  const kilobytes = (bytes / 1000).toFixed(1);
  return {
    name: 'the bundle, gzipped',
    milliseconds: performance.now() - begun,
    note: `${kilobytes} kB of the ${MOST_KILOBYTES} kB aimed at`,
  };
}
