// The ways out of the panel, by format.
import type { Section } from '../../../server/src/protocol/index.ts';
import { placeName, type Desk } from '../model/desk.ts';
import { standaloneSvg, toPng } from './drawings.ts';
import { toHtml } from './page.ts';
import { toMarkdown, toMermaid } from './words.ts';

export const EXPORTS = [
  { format: 'svg', label: 'Drawing as SVG' },
  { format: 'png', label: 'Drawing as PNG' },
  { format: 'html', label: 'Page as HTML' },
  { format: 'md', label: 'Words as Markdown' },
  { format: 'mmd', label: 'Shutdown as Mermaid sequence' },
  { format: 'link', label: 'Link to this moment' },
  { format: 'print', label: 'Print' },
] as const;

const DRAWN: readonly Section[] = ['overview', 'lifecycle', 'shutdown', 'endpoints', 'rollout'];

/** Drawings are exported from views that have one. */
export function isOffered(format: ExportFormat, section: Section): boolean {
  return (format !== 'svg' && format !== 'png') || DRAWN.includes(section);
}

type ExportFormat = (typeof EXPORTS)[number]['format'];

export async function exportAs(format: ExportFormat, desk: Desk): Promise<void> {
  if (format === 'print') return window.print();
  if (format === 'link') return sendLink(desk);
  const made = await contentOf(format, desk);
  if (!made) return;
  const { view, ui, send } = desk;
  const name = [view.namespace, view.name, ui.section].filter((it) => it !== '').join('-');
  const fileName = `${name.replace(/[^\w.-]+/g, '-')}.${format}`;
  send({ type: 'export', fileName, ...made });
}

/** The section, and on a timeline the moment of its scrubber. */
function sendLink({ ui, send }: Desk): void {
  const { section, cause, startMoment, endMoment } = ui;
  const at = section === 'lifecycle' ? startMoment : section === 'shutdown' ? endMoment : null;
  send({
    type: 'copyLink',
    section,
    ...(section === 'shutdown' ? { cause } : {}),
    ...(at === null ? {} : { at }),
  });
}

interface Made {
  readonly content: string;
  readonly encoding?: 'base64';
}

async function contentOf(
  format: Exclude<ExportFormat, 'print' | 'link'>,
  { view, ui }: Desk,
): Promise<Made | null> {
  const shutdown = view.shutdowns.find((it) => it.cause === ui.cause) ?? view.shutdowns[0];
  switch (format) {
    case 'md':
      return { content: toMarkdown(view, ui.cause) };
    case 'mmd':
      return shutdown ? { content: toMermaid(shutdown) } : null;
    case 'html':
      return { content: toHtml(view, placeName(view.place)) };
    case 'svg':
    case 'png': {
      const drawings = document.querySelectorAll<SVGSVGElement>('main svg[aria-label]');
      if (drawings.length === 0) return null;
      const svg = standaloneSvg([...drawings]);
      if (format === 'svg') return { content: svg.text };
      return { content: await toPng(svg), encoding: 'base64' };
    }
  }
}
