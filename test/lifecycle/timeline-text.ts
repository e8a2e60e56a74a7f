/** A timeline as text, for the goldens: one line an event, with its window and what sets it. */
import { formatWindow } from '../../server/src/explanation/index.ts';
import type { LifecycleTimeline } from '../../server/src/lifecycle/index.ts';
import { formatPath, toFieldRef } from '../../server/src/manifest/index.ts';

export function timelineText(timeline: LifecycleTimeline): string {
  const lines = [`seconds since: ${timeline.origin}`, ''];
  for (const it of timeline.events) {
    const setBy = it.setBy ? ` <${formatPath(toFieldRef(it.setBy).path)}>` : '';
    lines.push(`${formatWindow(it.window).padEnd(20)} ${it.lane.padEnd(26)} ${it.label}${setBy}`);
    lines.push(`${' '.repeat(48)}${it.certainty}: ${it.explanation.message}`);
  }
  lines.push('', 'orders:');
  for (const it of timeline.expected) {
    const order = timeline.order(it.first, it.second);
    lines.push(`- ${it.label}: ${orderText(order)}`);
  }
  return `${lines.join('\n')}\n`;
}

function orderText(order: ReturnType<LifecycleTimeline['order']>): string {
  if (order.relation === 'before') {
    const { marginSeconds, dominant } = order.proof;
    return `holds by ${marginSeconds.toFixed(2)}s (${dominant?.explanation.message ?? ''})`;
  }
  if (order.relation === 'after') return `never holds, by ${order.proof.marginSeconds.toFixed(2)}s`;
  if (order.relation === 'undecided') return 'undecided';
  const { gapSeconds, decisive } = order.bFirst;
  const steps = decisive.map((it) => `${it.edge.to} after ${it.seconds}s`);
  return `may break by ${gapSeconds.toFixed(2)}s: ${steps.join(', ')}`;
}
