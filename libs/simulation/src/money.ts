import { digits } from './business-time.js';

/** Amounts inside the simulation are whole fen: 7000000 = 70,000.00 CNY. */
export type Fen = number;

export const CURRENCY = 'CNY';
export const FEN_A_YUAN = 100;

/** `"70000.00"` for 7000000. */
export function amountText(fen: Fen): string {
  return `${String(Math.floor(fen / FEN_A_YUAN))}.${digits(fen % FEN_A_YUAN, 2)}`;
}

/** A rate of hundredths of a percent as the contract writes it: `"0.0985"` for 985. */
export function rateText(basisPoints: number): string {
  return `0.${digits(basisPoints, 4)}`;
}

/** Simple interest for so many days of a year of 360, rounded to the fen. */
export function interestOf(outstanding: Fen, basisPoints: number, days: number): Fen {
  return Math.round((outstanding * basisPoints * days) / (10_000 * 360));
}
