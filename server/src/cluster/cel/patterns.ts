/** RE2 patterns, so that no pattern can hang. The only file that imports re2js. */
import { RE2JS } from 're2js';
import { CelError } from './values.ts';

const CACHE_SIZE = 200;
const compiled = new Map<string, RE2JS>();

function compile(pattern: string, prefix: string): RE2JS {
  const cached = compiled.get(pattern);
  if (cached) return cached;
  let made: RE2JS;
  try {
    made = RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CelError(`${prefix}${reason}`);
  }
  if (compiled.size >= CACHE_SIZE) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

/** Whether the pattern matches anywhere. */
export function matchesPattern(text: string, pattern: string): boolean {
  return compile(pattern, '').matcher(text).find();
}

/** The matches in order, at most `limit` of them. */
export function findPattern(text: string, pattern: string, limit: number): string[] {
  const matcher = compile(pattern, 'Illegal regex: ').matcher(text);
  const found: string[] = [];
  while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}
