/**
 * Churn rate of a set over a period, in hundredths of a percent, rounded half up: churned in the period ÷ (churned in the
 * period + retained at its end). Null for nobody. 2782 = 27.82 %.
 */
export function churnRate(churned: number, retained: number): number | null {
  const base = churned + retained;
  return base === 0 ? null : Math.floor((20_000 * churned + base) / (2 * base));
}
