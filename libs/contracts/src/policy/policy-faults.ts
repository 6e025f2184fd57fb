import { quoted } from '../refusals.js';
import type { Given } from './yaml-text.js';

/** One thing that is wrong with a policy document. */
export interface PolicyFault {
  /** Where it stands, `churn.graceDays` or `churn.normalReasons[2]`; empty for the document as a whole. */
  readonly path: string;
  /** Follows the path and a colon. */
  readonly reason: string;
}

export function pathTo(parent: string, key: string): string {
  const step = shownKey(key);
  return parent === '' ? step : `${parent}.${step}`;
}

/** A key as a fault may show it: as it is where it looks like one, else quoted and cut. */
export function shownKey(key: string): string {
  return /^[\w-]{1,64}$/.test(key) ? key : quoted(key);
}

/** The value as the end of a reason. */
export function whatWasGiven(given: Given): string {
  if (given === null) return 'nothing was given';
  if (typeof given === 'string') return `${quoted(given)} was given`;
  if (typeof given === 'object') return given instanceof Map ? 'a section was given' : 'a list was given';
  return `${String(given)} was given`;
}
