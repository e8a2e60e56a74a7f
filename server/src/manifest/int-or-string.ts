/** A number, or a name or percentage. */
export type IntOrString = number | string;

/**
 * The number an int-or-percent stands for, of a total.
 * Follows intstr.GetScaledValueFromIntOrPercent; undefined where the text is no percentage.
 */
export function scaledValue(
  value: IntOrString,
  total: number,
  roundUp: boolean,
): number | undefined {
  if (typeof value === 'number') return value;
  const match = /^(\d+)%$/.exec(value);
  if (!match) return undefined;
  const exact = (Number(match[1]) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}
