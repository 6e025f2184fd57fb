import { quoted } from '../refusals.js';

/** A value as the text has it, before anything is asked of it. Maps, because a key of the text may be any string. */
export type Given = null | boolean | number | string | readonly Given[] | GivenMap;
export type GivenMap = ReadonlyMap<string, Given>;

/** The value as the end of a reason. */
export function whatWasGiven(given: Given): string {
  if (given === null) return 'nothing was given';
  if (typeof given === 'string') return `${quoted(given)} was given`;
  if (typeof given === 'object') return given instanceof Map ? 'a section was given' : 'a list was given';
  return `${String(given)} was given`;
}
