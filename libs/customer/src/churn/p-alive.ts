import type { ChurnModel, ModelParameters } from '../policy/policy.js';

export interface LoanHistory {
  readonly repeats: number;
  readonly recency: number;
  readonly age: number;
}

function factor({ a, b }: ModelParameters, repeats: number, isModified: boolean): number {
  return a / (isModified ? b + repeats : b + repeats - 1);
}

export function ageBelow(
  model: ChurnModel,
  { repeats, recency }: Pick<LoanHistory, 'repeats' | 'recency'>,
  percent: number,
): number {
  const isModified = repeats === 0;
  const parameters = isModified ? model.mbgNbd : model.bgNbd;
  const odds = (100 / percent - 1) / factor(parameters, repeats, isModified);
  return Math.max(recency, (parameters.alpha + recency) * odds ** (1 / (parameters.r + repeats)) - parameters.alpha);
}
