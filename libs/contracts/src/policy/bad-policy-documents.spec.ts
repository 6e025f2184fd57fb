import { describe, expect, it } from '@jest/globals';
import { readPolicyDocument } from './read-policy-document.js';

type Fault = readonly [path: string, reason: string];

function faultsOf(text: string): Fault[] {
  const document = readPolicyDocument(text);
  return document.kind === 'policy' ? [] : document.faults.map(({ path, reason }) => [path, reason] as const);
}

/** A good beginning, so that only what follows is at fault. */
const named = (rest: string): string => `version: lender-2\neffectiveFrom: 2025-01-01\n${rest}`;

const MODEL = `churnModel:
  version: fit-1
  from: 2020-01-01
  to: 2024-12-31
  customers: 400
  unitDays: 7
  bgNbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: -9582.4 }
  mbgNbd: { r: 0.5, alpha: 6, a: 0.9, b: 1.6, logLikelihood: -9590 }
`;

describe('a value of a policy document is refused with its path', () => {
  const whole = (min: number, max: number, unit: string): string =>
    `must be a whole number from ${min} to ${max} (${unit})`;

  it.each<[text: string, ...faults: Fault[]]>([
    ['points: { loanUse: 1.5 }', ['points.loanUse', `${whole(0, 1000, 'points')}; 1.5 was given`]],
    ['points: { loanUse: -1 }', ['points.loanUse', `${whole(0, 1000, 'points')}; -1 was given`]],
    ['points: { loanUse: "10" }', ['points.loanUse', `${whole(0, 1000, 'points')}; "10" was given`]],
    ['points: { loanUse: ten }', ['points.loanUse', `${whole(0, 1000, 'points')}; "ten" was given`]],
    ['points: { loanUse: true }', ['points.loanUse', `${whole(0, 1000, 'points')}; true was given`]],
    ['points: { loanUse: .inf }', ['points.loanUse', `${whole(0, 1000, 'points')}; Infinity was given`]],
    ['points: { loanUse: }', ['points.loanUse', `${whole(0, 1000, 'points')}; nothing was given`]],
    ['points: { loanUse: [10] }', ['points.loanUse', `${whole(0, 1000, 'points')}; a list was given`]],
    ['points: { loanUse: {} }', ['points.loanUse', `${whole(0, 1000, 'points')}; a section was given`]],
    [
      'points: { expiryMonths: 601 }',
      ['points.expiryMonths', `${whole(1, 600, 'months')}, or null (points do not expire); 601 was given`],
    ],
    [
      'points: { expiryMonths: 0 }',
      ['points.expiryMonths', `${whole(1, 600, 'months')}, or null (points do not expire); 0 was given`],
    ],
    ['points: { cap: 100 }', ['points.cap', 'must be a section of per, points, or null (no cap); 100 was given']],
    ['points: { cap: {} }', ['points.cap.per', 'is required'], ['points.cap.points', 'is required']],
    [
      'points: { cap: { per: week, points: 0 } }',
      ['points.cap.per', 'must be one of month, quarter, year; "week" was given'],
      ['points.cap.points', `${whole(1, 1_000_000, 'points')}; 0 was given`],
    ],
    ['tiers: { stable: 8 }', ['tiers.stable', 'must be greater than tiers.establishing (10); 8 was given']],
    ['tiers: { stable: 10 }', ['tiers.stable', 'must be greater than tiers.establishing (10); 10 was given']],
    [
      'tiers: { establishing: 25 }',
      ['tiers.stable', 'must be greater than tiers.establishing (25); 20 was taken from credit-points-1'],
    ],
    [
      'tiers: { establishing: 4, stable: 3, deepening: 2, trusted: 1 }',
      ['tiers.stable', 'must be greater than tiers.establishing (4); 3 was given'],
      ['tiers.deepening', 'must be greater than tiers.stable (3); 2 was given'],
      ['tiers.trusted', 'must be greater than tiers.deepening (2); 1 was given'],
    ],
    ['tiers: { establishing: 0 }', ['tiers.establishing', `${whole(1, 1_000_000, 'points')}; 0 was given`]],
    [
      'warnings: { levels: { yellow: 50, red: x } }',
      ['warnings.levels.red', `${whole(1, 10_000, 'score')}; "x" was given`],
      ['warnings.levels.orange', 'must be greater than warnings.levels.yellow (50); 40 was taken from credit-points-1'],
    ],
    [
      'warnings: { weights: { p-alive: -1 } }',
      ['warnings.weights.p-alive', `${whole(0, 10_000, 'score')}; -1 was given`],
    ],
    [
      'warnings: { smallerLoanPercent: 101 }',
      ['warnings.smallerLoanPercent', `${whole(0, 100, 'percent')}; 101 was given`],
    ],
    ['warnings: { surveyBelow: 6 }', ['warnings.surveyBelow', `${whole(1, 5, 'score of 1 to 5')}; 6 was given`]],
    [
      'warnings: { contactDays: { none: 0 } }',
      ['warnings.contactDays.none', `${whole(1, 3660, 'days')}, or null (as long as it may be); 0 was given`],
    ],
    [
      'churn: { definition: guess }',
      ['churn.definition', 'must be one of grace, inactivity, reborrow, model; "guess" was given'],
    ],
    ['churn: { definition: model }', ['churn.definition', 'is model, which needs a churnModel; there is none']],
    ['churn: { graceDays: null }', ['churn.graceDays', `${whole(0, 3660, 'days')}; nothing was given`]],
    [
      'churn: { normalReasons: overdue }',
      ['churn.normalReasons', 'must be a list of at most 50 words; "overdue" was given'],
    ],
    [
      'churn: { normalReasons: [overdue, "a b", overdue, 7] }',
      ['churn.normalReasons[1]', 'must be 1–64 characters of A–Z a–z 0–9 . _ : -; "a b" was given'],
      ['churn.normalReasons[3]', 'must be 1–64 characters of A–Z a–z 0–9 . _ : -; 7 was given without quotes'],
      ['churn.normalReasons[2]', 'stands in the list already'],
    ],
    [
      'referralGift: 100',
      [
        'referralGift',
        'must be an amount with its currency, such as { amount: "100.00", currency: CNY }, or null (no gift); 100 was given',
      ],
    ],
    [
      'referralGift: { amount: 100.00, currency: CNY }',
      [
        'referralGift.amount',
        'must be a decimal string greater than 0 with 1–13 digits and at most 2 decimals; 100 was given without quotes',
      ],
    ],
    [
      'referralGift: { amount: "0.00", currency: CNY }',
      [
        'referralGift.amount',
        'must be a decimal string greater than 0 with 1–13 digits and at most 2 decimals; "0.00" was given',
      ],
    ],
    [
      'referralGift: { amount: "1.5", currency: JPY, per: loan }',
      ['referralGift.per', 'is not known here; it belongs into points.cap'],
      [
        'referralGift.amount',
        'must be a decimal string greater than 0 with 1–13 digits and at most 0 decimals; "1.5" was given',
      ],
    ],
    [
      'referralGift: { amount: "-1", currency: yuan }',
      ['referralGift.amount', 'must be a decimal string greater than 0 with 1–13 digits; "-1" was given'],
      ['referralGift.currency', 'must be an ISO 4217 currency code in use; "yuan" was given'],
    ],
    [
      MODEL.replace('2024-12-31', '2019-12-31'),
      ['churnModel.to', 'must not be before churnModel.from (2020-01-01); 2019-12-31 was given'],
    ],
    [
      MODEL.replace('0.243', '0').replace('-9590', 'NaN').replace('  unitDays: 7\n', ''),
      ['churnModel.unitDays', 'is required'],
      ['churnModel.bgNbd.r', 'must be a number greater than 0 and at most 1e+9; 0 was given'],
      ['churnModel.mbgNbd.logLikelihood', 'must be a number of at most 1e+9; "NaN" was given'],
    ],
  ])('%s', (text, ...faults) => {
    expect(faultsOf(named(text))).toEqual(faults);
  });

  it.each<[text: string, ...faults: Fault[]]>([
    ['{}', ['version', 'is required'], ['effectiveFrom', 'is required']],
    [
      'version: 1.10\neffectiveFrom: 2025-02-30',
      ['version', 'must be 1–64 characters of A–Z a–z 0–9 . _ : -; 1.1 was given without quotes'],
      ['effectiveFrom', 'must be a calendar day YYYY-MM-DD between 1900 and 2200; "2025-02-30" was given'],
    ],
    [
      'version: in-force\neffectiveFrom: 1899-12-31',
      ['effectiveFrom', 'must be a calendar day YYYY-MM-DD between 1900 and 2200; "1899-12-31" was given'],
      ['version', 'must not be in-force, which stands for whichever version is'],
    ],
  ])('%s', (text, ...faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });
});

describe('a key of a policy document is refused', () => {
  it.each<[text: string, ...faults: Fault[]]>([
    ['churn: { gracedays: 60 }', ['churn.gracedays', 'is not known; did you mean graceDays?']],
    ['churn: { grace_days: 60 }', ['churn.grace_days', 'is not known; did you mean graceDays?']],
    ['churn: { gracDays: 60 }', ['churn.gracDays', 'is not known; did you mean graceDays?']],
    ['tires: { stable: 8 }', ['tires', 'is not known; did you mean tiers?']],
    ['warnings: { weights: { longgap: 1 } }', ['warnings.weights.longgap', 'is not known; did you mean long-gap?']],
    ['graceDays: 60', ['graceDays', 'is not known here; it belongs into churn']],
    ['tiers: { none: 1 }', ['tiers.none', 'is not known here; it belongs into warnings.contactDays']],
    ['tiers: { gold: 50 }', ['tiers.gold', 'is not known; there are establishing, stable, deepening, trusted']],
    [
      '"\\u001b[2J": 1\ntoString: 1',
      [
        '"\\u001b[2J"',
        'is not known; there are version, effectiveFrom, points, tiers, downgradeAfterDays, benefits, referralGift, churn, warnings, churnModel',
      ],
      [
        'toString',
        'is not known; there are version, effectiveFrom, points, tiers, downgradeAfterDays, benefits, referralGift, churn, warnings, churnModel',
      ],
    ],
    ['tiers: { __proto__: { stable: 1 } }', ['tiers.__proto__', 'is a key that no document may have']],
    [
      'constructor: 1\nprototype: 2',
      ['constructor', 'is a key that no document may have'],
      ['prototype', 'is a key that no document may have'],
    ],
    ['churn: { graceDays: 60 }\nchurn: { reasonDueDays: 1 }', ['churn', 'stands in line 3 and in line 4']],
    [
      'tiers:\n  stable: 20\n  "stable": 21\n  stable: 22',
      ['tiers.stable', 'stands in line 4 and in line 5'],
      ['tiers.stable', 'stands in line 5 and in line 6'],
    ],
  ])('%s', (text, ...faults) => {
    expect(faultsOf(named(text))).toEqual(faults);
  });
});

describe('a text is refused', () => {
  const ALL =
    'version, effectiveFrom, points, tiers, downgradeAfterDays, benefits, referralGift, churn, warnings, churnModel';

  it.each<[what: string, text: string, ...faults: Fault[]]>([
    ['without a word', '', ['', `must be a section of ${ALL}; nothing was given`]],
    ['of comments', '# nothing\n', ['', `must be a section of ${ALL}; nothing was given`]],
    ['that is a word', 'hello', ['', `must be a section of ${ALL}; "hello" was given`]],
    ['that is a list', '- version: a', ['', `must be a section of ${ALL}; a list was given`]],
    ['of two documents', `${named('')}---\n${named('')}`, ['', 'holds more than one document']],
    ['indented by tabs', 'tiers:\n\tstable: 20', ['', 'line 2, column 1: Tabs are not allowed as indentation']],
    [
      'with a bracket left open',
      named('churn: { normalReasons: [overdue }'),
      ['', 'line 3, column 34: Flow sequence in block collection must be sufficiently indented and end with a ]'],
      ['', 'line 3, column 34: Flow map in block collection must be sufficiently indented and end with a }'],
    ],
    ['of an unknown YAML', '%YAML 3.0\n---\n{}', ['', 'line 1, column 7: Unsupported YAML version 3.0']],
    [
      'with a key that is a list',
      '? [version]\n: a',
      ['', 'line 1, column 3: With stringKeys, all keys must be strings'],
    ],
    [
      'with an alias',
      named('tiers: { stable: &n 20, deepening: *n }'),
      ['tiers.deepening', 'is an alias (*n): write out what it stands for'],
    ],
    ['with a tag of its own', named('tiers: { stable: !gold 20 }'), ['tiers.stable', 'must not have a tag (!gold)']],
    [
      'with a tag of old YAML',
      named('tiers: !!set { stable }'),
      ['tiers', 'must not have a tag (tag:yaml.org,2002:set)'],
    ],
  ])('%s', (_, text, ...faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('with everything that is wrong with it at once, whatever reads it: the text, its values, and what they say together', () => {
    const text = `
version: a b
tiers: { stable: 8, gold: 1 }
churn: { definition: model, graceDays: *x }
points: { loanUse: 1, loanUse: 2, referral: many }
`;
    expect(faultsOf(text).map(([path]) => path)).toEqual([
      'churn.graceDays',
      'points.loanUse',
      'version',
      'effectiveFrom',
      'points.referral',
      'tiers.gold',
      'tiers.stable',
      'churn.definition',
    ]);
  });

  it('and what is more than a person reads is counted', () => {
    const faults = faultsOf(named(Array.from({ length: 130 }, (_, no) => `k${no}: 1`).join('\n')));
    expect(faults).toHaveLength(101);
    expect(faults.at(-1)).toEqual(['', 'has 30 more faults']);
  });

  const bombs: [what: string, text: string, fault: RegExp][] = [
    ['of 100,001 bytes', '#'.repeat(100_001), /^is larger than 100 kB$/],
    ['of 50,001 letters of two bytes', `#${'é'.repeat(50_000)}`, /^is larger than 100 kB$/],
    ['of 99,999 braces', '{'.repeat(99_999), /^is nested too deep$/],
    ['of 49,999 dashes', `${'- '.repeat(49_999)}a`, /^is nested too deep$/],
    ['of 33,333 question marks', '? ['.repeat(33_333), /^is nested too deep$/],
    ['of 440 steps', Array.from({ length: 440 }, (_, no) => `${' '.repeat(no)}a:`).join('\n'), /^is nested too deep$/],
    ['of 99,999 commas', `[${','.repeat(99_997)}]`, /^has more than 10000 words and signs$/],
    ['of 25,000 documents', '---\n'.repeat(25_000), /^has more than 10000 words and signs$/],
    ['of 9,000 commas', `[${','.repeat(9_000)}]`, /^line 1, column 3: Unexpected , in flow sequence$/],
    ['of 1,200 keys', Array.from({ length: 1_200 }, (_, no) => `graceDay${no}: 1`).join('\n'), /^is not known/],
  ];
  it.each(bombs)('%s', (_, text, fault) => {
    expect(faultsOf(text)[0]?.[1]).toMatch(fault);
  });

  it('with aliases that would grow a thousand million times, for every one of them', () => {
    const levels = Array.from({ length: 9 }, (_, no) => `l${no + 1}: &l${no + 1} [${`*l${no},`.repeat(10)}]`);
    const faults = faultsOf(`l0: &l0 lol\n${levels.join('\n')}`);
    expect(faults.filter(([, reason]) => reason.startsWith('is an alias'))).toHaveLength(90);
  });
});
