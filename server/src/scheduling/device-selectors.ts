/**
 * Which devices a request may use: the CEL selectors of its class and its own.
 * Follows staging/src/k8s.io/dynamic-resource-allocation/cel/compile.go.
 */
import { compileCel, fromJson, MapValue, type CelValue } from '../cluster/index.ts';

/** A device of a ResourceSlice; `basic` is where v1beta1 has what v1 has at the top. */
export interface SliceDevice {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, DeviceAttribute>>;
  readonly capacity?: Readonly<Record<string, DeviceCapacity>>;
  readonly basic?: Omit<SliceDevice, 'name' | 'basic'>;
}

/** One value, in the field of its type. */
export interface DeviceAttribute {
  readonly int?: number;
  readonly bool?: boolean;
  readonly string?: string;
  readonly version?: string;
}

/** A quantity, in v1 with its policies beside it; unquoted where it is a number. */
export type DeviceCapacity = string | number | { readonly value?: string | number };

/** One CEL expression that a device must meet. */
export interface DeviceSelector {
  readonly cel?: { readonly expression?: string };
}

/** Whether a device meets every selector; an expression that fails is not met. */
export function deviceMatches(
  selectors: readonly DeviceSelector[],
  driver: string,
  device: SliceDevice,
): boolean {
  if (selectors.length === 0) return true;
  const value = celDevice(driver, device);
  return selectors.every(({ cel }) => {
    const result = compileCel(cel?.expression ?? '').run((name) =>
      name === 'device' ? value : undefined,
    );
    return 'value' in result && result.value === true;
  });
}

/** An attribute's value as text that tells values apart; undefined where the device has none. */
export function attributeText(
  name: string,
  driver: string,
  device: SliceDevice,
): string | undefined {
  const { attributes = {} } = device.basic ?? device;
  const own = name.startsWith(`${driver}/`) ? name.slice(driver.length + 1) : name;
  const attribute = attributes[name] ?? attributes[own];
  return attribute && JSON.stringify(attribute);
}

function celDevice(driver: string, device: SliceDevice): CelValue {
  const { attributes = {}, capacity = {} } = device.basic ?? device;
  const value = new MapValue();
  value.set('driver', driver);
  const texts = Object.entries(attributes);
  value.set('attributes', byDomain(driver, texts, attributeValue));
  value.set('capacity', byDomain(driver, Object.entries(capacity), capacityValue));
  return value;
}

/** Names without a domain are in the driver's own. */
function byDomain<T>(
  driver: string,
  entries: readonly (readonly [string, T])[],
  toValue: (it: T) => CelValue,
): CelValue {
  const domains = new Map<string, MapValue>([[driver, new MapValue()]]);
  for (const [name, it] of entries) {
    const slash = name.indexOf('/');
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const values = domains.get(domain) ?? new MapValue();
    values.set(name.slice(slash + 1), toValue(it));
    domains.set(domain, values);
  }
  const map = new MapValue();
  for (const [domain, values] of domains) map.set(domain, values);
  return map;
}

function attributeValue({ int, bool, string, version }: DeviceAttribute): CelValue {
  if (version !== undefined) return evaluated(`semver(${JSON.stringify(version)})`);
  return fromJson(int ?? bool ?? string ?? null);
}

function capacityValue(it: DeviceCapacity): CelValue {
  const text = typeof it === 'object' ? (it.value ?? '0') : it;
  return evaluated(`quantity(${JSON.stringify(String(text))})`);
}

function evaluated(expression: string): CelValue {
  const result = compileCel(expression).run(() => undefined);
  return 'value' in result ? result.value : null;
}
