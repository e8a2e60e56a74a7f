/** Amounts in the scheduler's numbers, as people write them in manifests. */
import { formatQuantity } from '../manifest/index.ts';

/** Thousandths of a CPU: `250m`, `2`. */
export function cpuText(milliCpu: number): string {
  return formatQuantity({ nano: BigInt(Math.round(milliCpu)) * 1_000_000n, format: 'DecimalSI' });
}

/** Bytes: `512Mi`, `1536Mi`. */
export function bytesText(bytes: number): string {
  return formatQuantity({ nano: BigInt(Math.round(bytes)) * 1_000_000_000n, format: 'BinarySI' });
}

/** An amount of a resource in that resource's unit. */
export function amountText(resource: string, amount: number): string {
  if (resource === 'cpu') return cpuText(amount);
  if (resource === 'memory' || resource === 'ephemeral-storage') return bytesText(amount);
  return String(amount);
}
