/** A drain of a node in rounds, as JSON and as text. */
import type { Pod } from '../../manifest/index.ts';
import { predictDrain, type Prediction } from '../../prediction/index.ts';
import { indented, PLAIN, type Style } from '../text-style.ts';

/** One eviction and its answer. */
interface EvictionView {
  readonly pod: string;
  readonly code: number;
  readonly message: string;
  /** Which budget, and what it needs and has. */
  readonly cause: string;
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
  readonly homeless: readonly { readonly pod: string; readonly message: string }[];
}

export function drainView(prediction: Prediction, node: string): DrainView | undefined {
  const plan = predictDrain(prediction, node);
  if (!plan) return undefined;
  const eviction = (it: (typeof plan.blocked)[number]): EvictionView => ({
    pod: podName(it.pod),
    code: it.verdict.code,
    message: it.verdict.message ?? '',
    cause: it.verdict.cause ?? '',
    replaced: it.replaced,
  });
  const reason = (it: (typeof plan.skipped)[number]) => ({
    pod: podName(it.pod),
    message: it.because.message,
  });
  return {
    node,
    outcome: plan.outcome,
    skipped: plan.skipped.map(reason),
    refused: plan.refused.map(reason),
    rounds: plan.rounds.map((round) => round.map(eviction)),
    blocked: plan.blocked.map(eviction),
    homeless: plan.homeless.map(({ pod, because }) => ({
      pod: podName(pod),
      message: because?.message ?? '',
    })),
  };
}

/** A node has pods of many namespaces. */
function podName({ metadata }: Pod): string {
  const { namespace = 'default', name } = metadata;
  return namespace === 'default' ? name : `${namespace}/${name}`;
}

/** With these kubectl goes further than without; what it would not do even so is told. */
const FLAGS = '--ignore-daemonsets --delete-emptydir-data';

/** The plan for a terminal. */
export function drainText(plan: DrainView, style: Style = PLAIN): string {
  // kubectl asks again after a 429, and ends with an error after anything else.
  const asksAgain = plan.blocked.some((it) => it.code === 429);
  const outcome = {
    complete: style('good', 'completes'),
    blocked: style(
      'error',
      asksAgain ? 'never ends: evictions stay refused' : 'fails: evictions are refused',
    ),
    refused: style('error', 'does not begin'),
  }[plan.outcome];
  const command = `kubectl drain ${plan.node} ${FLAGS}`;
  const lines = [`${style('heading', command)} ${outcome}`];
  for (const { message } of plan.refused) lines.push(...indented(message, 2, style));
  for (const { message } of plan.skipped) lines.push(style('dim', `  left alone: ${message}`));
  if (plan.outcome === 'complete' && plan.rounds.length === 0) {
    lines.push('  no pod of these files runs there that would be evicted');
  }
  for (const [i, round] of plan.rounds.entries()) {
    lines.push(`  round ${i + 1}${i === 0 ? '' : ', once those that were evicted are replaced'}`);
    for (const it of round) lines.push(...evictionLines(it, style));
  }
  if (plan.blocked.length > 0) lines.push(asksAgain ? '  for ever after' : '  in the end');
  for (const it of plan.blocked) lines.push(...evictionLines(it, style));
  for (const { pod, message } of plan.homeless) {
    const text = 'fits on no other node, and stays away until this one is back';
    lines.push(...indented(`${text}${message ? ` (${message})` : ''}`, 2, style, `${pod}: `));
  }
  return `${lines.join('\n')}\n`;
}

/** A refusal's cause says all that its message does, and which budget it is. */
function evictionLines(
  { pod, code, message, cause, replaced }: EvictionView,
  style: Style,
): readonly string[] {
  if (code === 201) {
    const where = replaced ? ', and replaced on another node' : '';
    return [`    ${pod} ${style('good', 'evicted')}${where}`];
  }
  const lead = `${pod} refused (${code}): `;
  return indented(cause || message, 4, style, lead);
}
