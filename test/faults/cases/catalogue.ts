import { API } from './catalogue/api.js';
import { EVENT_STORE } from './catalogue/event-store.js';
import type { FaultCase, FaultGroup, Proof } from './catalogue/fault-case.js';
import { KAFKA } from './catalogue/kafka.js';
import { PAYLOAD_CASES } from './catalogue/payloads.js';
import { POSTGRES } from './catalogue/postgres.js';
import { READ_MODELS } from './catalogue/read-models.js';

export type { FaultCase, FaultGroup, Proof };

/** Everything that is known to go wrong, by number. */
export const CATALOGUE: readonly FaultGroup[] = [KAFKA, PAYLOAD_CASES, EVENT_STORE, POSTGRES, READ_MODELS, API];

/** The catalogue as a page, from the folder `docs/`. */
export function cataloguePage(): string {
  const cases = CATALOGUE.flatMap((group) => group.cases);
  const tests = new Set(cases.flatMap(({ provenBy = [] }) => provenBy.map(({ file, test }) => `${file}\n${test}`)));
  const count = (is: (one: FaultCase) => boolean): number => cases.filter(is).length;
  const numbers = new Set(cases.map(({ number }) => number)).size;
  return [
    '# What can go wrong, case by case',
    '',
    'Generated from `test/faults/cases/catalogue.ts` by `npm run generate`; `npm run drift` fails where the page differs, and',
    '`test/faults/cases/catalogue.spec.ts` where a test it names is not there.',
    '',
    `${numbers} numbers in ${cases.length} lines: ${count((one) => isProven(one))} proven by ${tests.size} named tests, ` +
      `${count(({ cannotOccur }) => cannotOccur !== undefined)} that cannot occur, ` +
      `${count(({ open }) => open !== undefined)} open.`,
    ...CATALOGUE.flatMap(groupLines),
    '',
  ].join('\n');
}

function isProven({ provenBy = [], cannotOccur, open }: FaultCase): boolean {
  return provenBy.length > 0 && cannotOccur === undefined && open === undefined;
}

function groupLines({ title, cases }: FaultGroup): string[] {
  const rows = cases.map((one) => `| ${one.number} | ${cell(one.what)} | ${cell(one.does)} | ${verdict(one)} |`);
  return [
    '',
    `## ${title}`,
    '',
    '| | what happens | what the product does | how that is known |',
    '| --- | --- | --- | --- |',
    ...rows,
  ];
}

function verdict({ provenBy = [], cannotOccur, open }: FaultCase): string {
  return [
    ...(open === undefined ? [] : [`**Open.** ${cell(open)}`]),
    ...(cannotOccur === undefined ? [] : [`**Cannot occur.** ${cell(cannotOccur)}`]),
    ...[...byFile(provenBy)].map(
      ([file, tests]) => `[${nameOf(file)}](../${file}): ${[...new Set(tests.map(shown))].join('; ')}`,
    ),
  ].join('<br>');
}

/** Tests of which there is one for each payload are shown once: the payloads stand beside them. */
function shown(test: string): string {
  return `*${cell(test.replace(/( case \d+: ).*$/s, '$1…'))}*`;
}

function byFile(proofs: readonly Proof[]): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const { file, test } of proofs) files.set(file, [...(files.get(file) ?? []), test]);
  return files;
}

function nameOf(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.(int\.)?spec(-support)?\.ts$/, '');
}

/** Text as a cell of a table shows it: nothing in it may be taken for the page's own. */
function cell(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, '\\$&');
}
