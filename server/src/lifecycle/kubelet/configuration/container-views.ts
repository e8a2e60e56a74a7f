/** What containers saw of their configuration over a life, read back from its trace. */
import type { Variables } from './environment.ts';
import type { Files } from './volume-contents.ts';

/** A container got its variables, or sees other files than before. */
export interface ContainerView {
  readonly t: number;
  readonly pod: string;
  readonly container: string;
  /** Of a container that is being made. */
  readonly variables?: Variables;
  /** Variables that its words name and that it does not have. */
  readonly missing?: readonly string[];
  /** By the path that they are mounted at. */
  readonly files?: Readonly<Record<string, Files>>;
}

interface Told {
  readonly t: number;
  readonly source: string;
  readonly what: string;
  readonly container?: string;
  readonly detail?: unknown;
}

/** The views in the order they came. */
export function viewsIn(entries: readonly Told[]): readonly ContainerView[] {
  return entries
    .filter(({ source, what }) => source === 'config' && (what === 'env' || what === 'files'))
    .map(({ t, container = '', detail }) => ({ ...(detail as ContainerView), t, container }));
}
