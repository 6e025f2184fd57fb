import { quoted } from '../refusals.js';

/** One thing that is wrong with a policy document. */
export interface PolicyFault {
  /** Where it stands, `churn.graceDays` or `churn.normalReasons[2]`; empty for the document as a whole. */
  readonly path: string;
  /** Follows the path and a colon. */
  readonly reason: string;
}

/** The path of a key as a fault may show it: as it is where it looks like one, else quoted and cut. */
export function pathTo(parent: string, key: string): string {
  const step = /^[\w-]{1,64}$/.test(key) ? key : quoted(key);
  return parent === '' ? step : `${parent}.${step}`;
}
