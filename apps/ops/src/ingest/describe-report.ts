import type { FileReport } from '@retention/ingestion';
import { printable } from '../terminal/text.js';

const NAME_WIDTH = 22;

/** What became of a file, for people. */
export function describeReport(report: FileReport, isCaughtUp: boolean | null): string[] {
  const { file, lines, outcomes, refusals, seconds, isComplete } = report;
  const rate = seconds > 0 ? ` (${Math.round(lines / seconds)} a second)` : '';
  const name = file === '-' ? 'standard input' : printable(file);
  const shownAll = outcomes.refused + outcomes['conflicting-duplicate'] <= refusals.length;
  return [
    `${name}: ${lines} messages in ${seconds.toFixed(1)} s${rate}${isComplete ? '' : ', not to its end'}`,
    ...Object.entries(outcomes).map(([status, count]) => `  ${status.padEnd(NAME_WIDTH)}${count}`),
    ...refusals.map(({ line, code, reason }) => `  line ${line}: ${code}: ${printable(reason)}`),
    ...(shownAll ? [] : ['  … and more: `retention dead-letters list` shows all of them']),
    ...(isCaughtUp === true ? ['The read models hold it.'] : []),
    ...(isCaughtUp === false ? ['The read models do not hold all of it yet.'] : []),
  ];
}
