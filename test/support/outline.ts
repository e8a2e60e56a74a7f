// What a rendered view says, as lines: words as they stand, tables by rows, drawings by their lanes
// and bars without coordinates. Small enough to be read before it is accepted.
const BLOCKS =
  /<\/?(?:p|div|li|ul|ol|dl|dt|section|article|table|tr|h\d|button|summary|details|caption|select|option|label|figure)\b[^>]*>/g;

/** The lines of a page. */
export function outlineOf(html: string): string {
  const drawn = html.replace(/<svg\b[^>]*>.*?<\/svg>/gs, (svg) =>
    svg.includes('aria-label') ? `\n${drawingLines(svg)}\n` : '',
  );
  const text = drawn
    .replace(/<input\b[^>]*>/g, (tag) => inputWords(tag))
    .replace(/<\/(?:td|th)>/g, ' | ')
    .replace(BLOCKS, '\n')
    .replace(/<[^>]+>/g, '');
  return decode(text)
    .split('\n')
    .map((line) => line.trimEnd().replace(/(?: \|)+$/, ''))
    .filter((line) => line.trim() !== '')
    .join('\n');
}

/** `«Shutdown of web»` and below it each lane with its bars: `span hook exact: preStop`. */
function drawingLines(svg: string): string {
  const [, name = ''] = /aria-label="([^"]*)"/.exec(svg) ?? [];
  const parts = [
    ...svg.matchAll(
      /<text class="(?:lane-label|heading|race-label|zone-label|after|mark-label|strip-name|phase-name|floor-label)"[^>]*>([^<]*)<|<g class="bar (\w+) s-([\w-]+) g-[\w-]+ c-(\w+)[^"]*"[^>]*aria-label="([^:"]*)|<g class="t-(\w+)"><path[^>]*><\/path><text[^>]*>([^<]*)</g,
    ),
  ];
  const lines = parts.map(([, words, kind, style, certainty, label, tone, step]) => {
    if (words !== undefined) return `  ${words}`;
    return step === undefined
      ? `    ${kind} ${style} ${certainty}: ${label}`
      : `    ${tone}: ${step}`;
  });
  return [`«${name}»`, ...lines].join('\n');
}

function inputWords(tag: string): string {
  const [, value] = /\bvalue="([^"]*)"/.exec(tag) ?? [];
  return value === undefined ? '' : `[${value}]`;
}

function decode(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
