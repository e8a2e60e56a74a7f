/** The syntax tree of a CEL expression, macros included. */

/** A place in the expression: an offset. */
interface Placed {
  readonly at: number;
}

/** A literal as the parser reads it. */
export type Literal =
  null | boolean | bigint | number | string | Uint8Array | { readonly uint: bigint };

export interface ListElement {
  readonly value: Node;
  readonly optional: boolean;
}

export interface Entry<K> {
  readonly key: K;
  readonly value: Node;
  readonly optional: boolean;
}

export type Node = Placed &
  (
    | { readonly op: 'literal'; readonly value: Literal }
    | { readonly op: 'ident'; readonly name: string }
    | {
        readonly op: 'select';
        readonly operand: Node;
        readonly field: string;
        readonly optional: boolean;
      }
    | {
        readonly op: 'index';
        readonly operand: Node;
        readonly index: Node;
        readonly optional: boolean;
      }
    | {
        readonly op: 'call';
        readonly name: string;
        readonly target?: Node;
        readonly args: readonly Node[];
      }
    | { readonly op: 'and' | 'or'; readonly left: Node; readonly right: Node }
    | { readonly op: 'if'; readonly test: Node; readonly yes: Node; readonly no: Node }
    | { readonly op: 'list'; readonly elements: readonly ListElement[] }
    | { readonly op: 'map'; readonly entries: readonly Entry<Node>[] }
    | { readonly op: 'message'; readonly type: string; readonly fields: readonly Entry<string>[] }
    | { readonly op: 'has'; readonly operand: Node; readonly field: string }
    | {
        readonly op: 'macro';
        readonly name: string;
        readonly target: Node;
        readonly variables: readonly string[];
        readonly args: readonly Node[];
      }
  );

/** An expression that cannot be compiled. `at` is an offset into it. */
export class CelSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
