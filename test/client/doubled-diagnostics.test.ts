import { describe, expect, it } from 'vitest';
import { withoutDoubled, type Told } from '../../client/src/doubled-diagnostics.ts';

function told(line: number, from: number, to: number, more: Partial<Told>): Told {
  return {
    range: { start: { line, character: from }, end: { line, character: to } },
    ...more,
  };
}

const SCHEMA = { source: 'yaml-schema: Kubernetes' };
const DECODING = { source: 'podsage', code: 'BadRequest' };

describe('a fault of decoding', () => {
  it('is left out where the YAML extension reports the same text', () => {
    const own = [told(3, 2, 9, DECODING), told(5, 2, 9, DECODING)];
    expect(withoutDoubled(own, [...own, told(3, 4, 6, SCHEMA)])).toEqual([own[1]]);
  });

  it('is left out by its code with an address as well', () => {
    const own = [told(3, 2, 9, { ...DECODING, code: { value: 'BadRequest', target: 'x' } })];
    expect(withoutDoubled(own, [told(3, 9, 12, SCHEMA)])).toEqual([]);
  });

  it('stays where another source, or the schema at another place, speaks', () => {
    const own = [told(3, 2, 9, DECODING)];
    expect(withoutDoubled(own, [told(3, 2, 9, { source: 'YAML' })])).toEqual(own);
    expect(withoutDoubled(own, [told(3, 10, 12, SCHEMA), told(4, 2, 9, SCHEMA)])).toEqual(own);
  });

  it('is all that is left out: what validation refuses stays', () => {
    const own = [told(3, 2, 9, { source: 'podsage', code: 'FieldValueInvalid' })];
    expect(withoutDoubled(own, [told(3, 2, 9, SCHEMA)])).toEqual(own);
  });
});
