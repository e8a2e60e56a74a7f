/** A drain of a node in rounds, as JSON and as text. */
import { predictDrain, type Prediction } from '../../prediction/index.ts';
import { PLAIN, type Style } from '../text-style.ts';

/** One eviction and its answer. */
interface EvictionView {
  readonly pod: string;
  readonly code: number;
  readonly message: string;
  readonly replaced: boolean;
}

export interface DrainView {
  readonly node: string;
  readonly outcome: 'complete' | 'blocked' | 'refused';
  readonly skipped: readonly { readonly pod: string; readonly message: string }[];
  readonly refused: readonly { readonly pod: string; readonly message: string }[];
  readonly rounds: readonly (readonly EvictionView[])[];
  readonly blocked: readonly EvictionView[];
  /** Evicted, and nothing can run in their place. */
  readonly homeless: readonly string[];
}

export function drainView(prediction: Prediction, node: string): DrainView | undefined {
  const plan = predictDrain(prediction, node);
  if (!plan) return undefined;
  const eviction = (it: (typeof plan.blocked)[number]): EvictionView => ({
    pod: it.pod.metadata.name,
    code: it.verdict.code,
    message: it.verdict.message ?? '',
    replaced: it.replaced,
  });
  const reason = (it: (typeof plan.skipped)[number]) => ({
    pod: it.pod.metadata.name,
    message: it.because.message,
  });
  return {
    node,
    outcome: plan.outcome,
    skipped: plan.skipped.map(reason),
    refused: plan.refused.map(reason),
    rounds: plan.rounds.map((round) => round.map(eviction)),
    blocked: plan.blocked.map(eviction),
    homeless: plan.homeless.map((it) => it.metadata.name),
  };
}

/** The plan for a terminal. */
export function drainText(plan: DrainView, style: Style = PLAIN): string {
  const outcome = {
    complete: style('good', 'completes'),
    blocked: style('error', 'never ends: evictions stay refused'),
    refused: style('error', 'does not begin'),
  }[plan.outcome];
  const lines = [`${style('heading', `kubectl drain ${plan.node}`)} ${outcome}`];
  for (const { pod, message } of plan.refused) lines.push(`  ${pod}: ${message}`);
  for (const { pod, message } of plan.skipped)
    lines.push(style('dim', `  ${pod}: left alone, ${message}`));
  for (const [i, round] of plan.rounds.entries()) {
    lines.push(`  round ${i + 1}`);
    for (const it of round) lines.push(`    ${evictionText(it, style)}`);
  }
  if (plan.blocked.length > 0) lines.push('  for ever after');
  for (const it of plan.blocked) lines.push(`    ${evictionText(it, style)}`);
  for (const it of plan.homeless)
    lines.push(`  ${it} fits on no other node: it stays away until the node is back`);
  return `${lines.join('\n')}\n`;
}

function evictionText({ pod, code, message, replaced }: EvictionView, style: Style): string {
  if (code === 201)
    return `${pod} ${style('good', 'evicted')}${replaced ? ', and replaced on another node' : ''}`;
  return `${pod} ${style('warning', `refused (${code})`)} ${message}`;
}
