/** The smallest safe preStop and grace period, and what they cost. */
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { CalculatorView } from '../../protocol/index.ts';

/** Undefined until the calculator is there. */
export function calculatorView(_workload: WorkloadPrediction): CalculatorView | null {
  return null;
}
