/** What a branch's abnormal churn leads to: a talk with its head, or the head's dismissal. */
export type BranchMeasure = 'none' | 'talk' | 'dismiss';

/** From how many percent of abnormal churn on, inclusive. */
export interface BranchThresholds {
  readonly talkPercent: number;
  readonly dismissPercent: number;
}

export const DEFAULT_BRANCH_THRESHOLDS: BranchThresholds = { talkPercent: 10, dismissPercent: 20 };

/**
 * By the ratio abnormal churned ÷ (abnormal churned + retained at the end of the period), compared as whole numbers: 10 of
 * 100 are 10 %, whatever a quotient of floats would say. Nobody lost and nobody held is no measure.
 */
export function branchMeasure(
  abnormalChurned: number,
  retained: number,
  { talkPercent, dismissPercent }: BranchThresholds = DEFAULT_BRANCH_THRESHOLDS,
): BranchMeasure {
  const base = abnormalChurned + retained;
  const isAtLeast = (percent: number): boolean => base > 0 && abnormalChurned * 100 >= percent * base;
  if (isAtLeast(dismissPercent)) return 'dismiss';
  return isAtLeast(talkPercent) ? 'talk' : 'none';
}
