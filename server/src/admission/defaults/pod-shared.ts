/** What the defaults of pods and of volumes have in common (pkg/apis/core/v1/defaults.go). */
import { formatQuantity, parseQuantity, storedQuantity } from '../../manifest/index.ts';
import { imageTag } from './pod-image-tag.ts';

const MILLI = 1_000_000n;

/** Go's zero text: what a field without a pointer holds when it is not written. */
export function isUnset(text: string | undefined): boolean {
  return text === undefined || text === '';
}

/** `Always` for the tag `latest`, also where it is only meant; else `IfNotPresent`. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  return imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent';
}

/** The API version that a downward API path is read in. */
export function setFieldRefDefaults(fieldRef: { apiVersion?: string } | undefined): void {
  if (fieldRef && isUnset(fieldRef.apiVersion)) fieldRef.apiVersion = 'v1';
}

/** An amount without a pointer is stored also where it is not written. */
export function setDivisorDefault(selector: { divisor?: string | number } | undefined): void {
  if (selector) selector.divisor ??= '0';
}

/** Amounts finer than a thousandth are rounded up (SetDefaults_ResourceList). */
export function roundResourceList(list: Record<string, string | number> | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(text);
    if (!list || !quantity) continue;
    const finer = quantity.nano % MILLI;
    const up = finer > 0n ? MILLI - finer : -MILLI - finer;
    // What is coarse enough stays as it was stored.
    if (finer === 0n) list[name] = storedQuantity(String(text));
    else list[name] = formatQuantity({ nano: quantity.nano + up, format: quantity.format });
  }
}
