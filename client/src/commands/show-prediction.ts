import type { Section } from '../../../server/src/protocol/index.ts';
import type { Command } from './command.ts';
import { sayNoWorkload, targetOf } from './target.ts';

/** Opens the panel on the workload, at one of its sections. */
export function showPrediction(section: Section): Command['run'] {
  return async (context, argument) => {
    const target = targetOf(context, argument);
    if (target) await context.panels.show(target, section);
    else sayNoWorkload();
  };
}
