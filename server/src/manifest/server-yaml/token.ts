/** What the scanner finds in a YAML text. Names as in libyaml, which goyaml.v2 follows. */

/** A place in the text; lines and columns count from 0. */
export interface Mark {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

export type TokenType =
  | 'STREAM-END'
  | 'VERSION-DIRECTIVE'
  | 'TAG-DIRECTIVE'
  | 'DOCUMENT-START'
  | 'DOCUMENT-END'
  | 'BLOCK-SEQUENCE-START'
  | 'BLOCK-MAPPING-START'
  | 'BLOCK-END'
  | 'FLOW-SEQUENCE-START'
  | 'FLOW-SEQUENCE-END'
  | 'FLOW-MAPPING-START'
  | 'FLOW-MAPPING-END'
  | 'BLOCK-ENTRY'
  | 'FLOW-ENTRY'
  | 'KEY'
  | 'VALUE'
  | 'ALIAS'
  | 'ANCHOR'
  | 'TAG'
  | 'SCALAR';

export interface Token {
  readonly type: TokenType;
  readonly mark: Mark;
  /** Of scalars, anchors, aliases and tags. */
  readonly value: string;
  /** A scalar without quotes or block indicator. */
  readonly plain?: boolean;
  /** Of scalars: the offset behind the last character. */
  readonly end?: number;
  /** A key that a `?` marks. */
  readonly explicit?: true;
}

/** A text that the server cannot read as YAML; `message` in its words, `yaml: line 7: …`. */
export class YamlFault extends Error {
  /** Where the problem was seen. */
  readonly mark: Mark;

  constructor(message: string, mark: Mark, says = 'yaml: ') {
    super(`${says}${message}`);
    this.mark = mark;
  }

  /** A fault of sigs.k8s.io/yaml itself, which does not say so. */
  static conversion(message: string, mark: Mark): YamlFault {
    return new YamlFault(message, mark, '');
  }

  /** A fault of the scanner, whose lines count from 1. */
  static scanner(problem: string, mark: Mark, context: Mark): YamlFault {
    if (mark.line !== 0) return new YamlFault(`line ${mark.line + 1}: ${problem}`, mark);
    const where = context.line === 0 ? '' : `line ${context.line}: `;
    return new YamlFault(where + problem, mark);
  }

  /** A fault of the parser, whose lines upstream forgets to count from 1. */
  static parser(problem: string, mark: Mark, context?: Mark): YamlFault {
    const line = mark.line || context?.line || 0;
    return new YamlFault(line === 0 ? problem : `line ${line}: ${problem}`, mark);
  }
}
