/**
 * What keeping and referring customers is worth (效益分析), in whole yuan. Counts and yuan are rounded down, as the sources do.
 */

/** How many new customers come when so many percent of the customers each bring one. */
export function customersReferred(customers: number, sharePercent: number): number {
  return Math.floor((customers * sharePercent) / 100);
}

/** Lending to so many customers at an average loan: gained by those who come, lost with those who leave. */
export function lendingOf(customers: number, averageLoanYuan: number): number {
  return customers * averageLoanYuan;
}

/** A year's income of a loan at a yield in basis points (985 = 9.85 %), half of it outstanding on average. */
export function incomePerLoan(loanYuan: number, yieldBasisPoints: number): number {
  return Math.floor((loanYuan * yieldBasisPoints) / 20_000);
}
