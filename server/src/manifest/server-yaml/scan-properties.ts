/** Anchors, aliases, tags and directives, as goyaml.v2's scannerc.go reads them. */
import type { Cursor } from './cursor.ts';
import { YamlFault, type TokenType } from './token.ts';

/** The name behind `&` or `*`. */
export function scanAnchor(at: Cursor): string {
  const start = at.mark;
  at.skip();
  const from = at.index;
  while (/[A-Za-z0-9_-]/.test(at.peek())) at.skip();
  const name = at.text.slice(from, at.index);
  if (name === '' || !(at.isSpaceOrEnd() || '?:,]}%@`'.includes(at.peek()))) {
    const problem = 'did not find expected alphabetic or numeric character';
    throw YamlFault.scanner(problem, at.mark, start);
  }
  return name;
}

const URI = /[A-Za-z0-9_\-;/?:@&=+$.!~*'()[\],%]/;

/** A tag as written, `!!str`, `!x`, or without its brackets where it is verbatim. */
export function scanTag(at: Cursor): string {
  const start = at.mark;
  at.skip();
  const verbatim = at.peek() === '<';
  if (verbatim) at.skip();
  const from = at.index;
  while (at.peek() !== '' && URI.test(at.peek())) at.skip();
  const text = at.text.slice(from, at.index);
  if (verbatim) {
    if (text === '') throw YamlFault.scanner('did not find expected tag URI', at.mark, start);
    if (at.peek() !== '>') {
      throw YamlFault.scanner("did not find the expected '>'", at.mark, start);
    }
    at.skip();
  }
  if (!at.isSpaceOrEnd()) {
    const problem = 'did not find expected whitespace or line break';
    throw YamlFault.scanner(problem, at.mark, start);
  }
  return verbatim ? `<${text}` : `!${text}`;
}

/** `%YAML 1.1` or `%TAG ! prefix`. */
export function scanDirective(at: Cursor): { readonly type: TokenType; readonly value: string } {
  const start = at.mark;
  const from = at.index;
  while (!at.isBreakOrEnd() && at.peek() !== '#') at.skip();
  const text = at.text.slice(from, at.index).trim();
  while (!at.isBreakOrEnd()) at.skip();
  const match = /^%(\w+)[ \t]+(.*)$/.exec(text);
  if (match?.[1] === 'YAML' && /^\d+\.\d+$/.test(match[2] ?? '')) {
    return { type: 'VERSION-DIRECTIVE', value: match[2] ?? '' };
  }
  if (match?.[1] === 'TAG') return { type: 'TAG-DIRECTIVE', value: match[2] ?? '' };
  throw YamlFault.scanner('found unknown directive name', at.mark, start);
}
