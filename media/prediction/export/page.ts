// The shown view as a page that needs nothing else: no script, no file, no network.
import type { PredictionView } from '../../../server/src/protocol/index.ts';
import { standaloneSvg } from './drawings.ts';

const INTERACTIVE = 'button.primary, input, select, .toolbar, .scrubber, .words, .knob-actions';

/** Words keep their order, drawings their looks; what only works in the panel is left out. */
export function toHtml(view: PredictionView, source: string): string {
  const main = document.querySelector('#view');
  const copy = main?.cloneNode(true) as Element | undefined;
  const drawings = [...(main?.querySelectorAll<SVGSVGElement>('svg[aria-label]') ?? [])];
  copy?.querySelectorAll('svg[aria-label]').forEach((it, index) => {
    const drawing = drawings[index];
    const host = document.createElement('div');
    if (drawing) host.innerHTML = standaloneSvg([drawing]).text;
    it.replaceWith(host);
  });
  copy?.querySelectorAll(INTERACTIVE).forEach((it) => it.remove());
  copy?.querySelectorAll('button').forEach((it) => {
    const words = document.createElement('span');
    words.append(...it.childNodes);
    it.replaceWith(words);
  });
  const title = escapeHtml(view.title);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style()}</style>
</head>
<body>
<h1>${title}</h1>
<p>Predicted for Kubernetes ${escapeHtml(view.kubernetesVersion)} from ${escapeHtml(source)}.</p>
${copy?.innerHTML ?? ''}
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function style(): string {
  const { color, backgroundColor, fontFamily } = getComputedStyle(document.body);
  return `body{color:${color};background:${backgroundColor};font:14px/1.5 ${fontFamily};margin:2em}
table{border-collapse:collapse}th,td{text-align:left;padding:.2em .8em;border-bottom:1px solid #8886}
code,.d-text{font-family:monospace;white-space:pre-wrap}.card,.verdict{display:block;margin:1em 0}
svg{max-width:100%;height:auto}.sign,.step-badge,.time,.kind{margin-right:.5em}
.verdict-title,.verdict-head,.verdict-detail{display:block}.order-label,.order-message{margin-right:1em}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`;
}
