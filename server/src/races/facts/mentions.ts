/** Hosts that a pod's containers name in environment, command and arguments. */
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import { each, type Citable } from '../../manifest/index.ts';

/** A text in which a host stands. */
export interface Mention {
  readonly container: string;
  /** What matched. */
  readonly text: string;
  readonly at: Citable;
}

/** Where the containers name a host that the pattern describes. */
export function mentions(model: PodModel, host: string): readonly Mention[] {
  // A host ends at a port, a path, a comma, and begins after a scheme, a user or another host.
  const pattern = new RegExp(`(?:^|[\\s/@,=:;"'])(${host})(?=$|[\\s/:,;"'?])`);
  return [...model.startOrder, ...model.mains].flatMap((it) => inContainer(it, pattern));
}

/** A Service's host, short or with its namespace. */
export function hostPattern(name: string, namespace: string): string {
  return `${escaped(name)}(?:\\.${escaped(namespace)}(?:\\.svc(?:\\.cluster\\.local)?)?)?\\.?`;
}

/** A name as a pattern that means just it. */
export function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function inContainer({ name, at }: PodContainer, pattern: RegExp): readonly Mention[] {
  const found: Mention[] = [];
  const look = (text: unknown, place: Citable) => {
    const match = typeof text === 'string' ? pattern.exec(text) : null;
    if (match) found.push({ container: name, text: match[1] ?? '', at: place });
  };
  for (const [variable, place] of each(at.env)) look(variable.value, place.value);
  for (const [text, place] of each(at.command)) look(text, place);
  for (const [text, place] of each(at.args)) look(text, place);
  return found;
}
