import { describe, expect, it } from '@jest/globals';
import { RECORD_COLUMNS } from './customer-record.js';
import type { CustomerRecord } from './customer-record.js';
import { heading, written } from './written-records.js';

const RECORD: CustomerRecord = {
  customerId: 'C-1',
  registeredOn: '2024-09-01',
  kind: 'personal',
  branchId: 'B-1',
  officerId: null,
  region: null,
  industry: null,
  channel: null,
  referrerId: null,
  points: 12,
  tier: 'establishing',
  benefits: [],
  loansDisbursed: 2,
  loansActive: 1,
  state: 'retained',
  churnedOn: null,
  churnKind: null,
  churnReason: null,
  churnReasonUnknown: false,
  wonBackOn: null,
  phase: 'steady',
  warningLevel: 'green',
  warningScore: 0,
  warningSignals: [],
  giftsOwed: 0,
  parkedFacts: 0,
  setAsideFacts: 0,
  loans: [
    { loanId: 'L-2', status: 'active' },
    { loanId: '__proto_', status: 'active' },
    { loanId: 'L-1', status: 'settled' },
  ],
};

const CHURNED: CustomerRecord = {
  ...RECORD,
  state: 'churned',
  churnedOn: '2024-11-30',
  churnKind: 'abnormal',
  churnReasonUnknown: true,
  phase: 'gone',
};

const WARNED: CustomerRecord = {
  ...RECORD,
  warningLevel: 'yellow',
  warningScore: 30,
  warningSignals: ['smaller-loan', 'newly-overdue'],
  giftsOwed: 2,
};

describe('an export', () => {
  it.each(['csv', 'ndjson'] as const)('as %s has the same bytes in whatever order a record was made', (format) => {
    const record = { ...WARNED, benefits: ['preferential-rate', 'birthday-cake'] };
    const otherwise = Object.fromEntries(
      Object.entries(record)
        .map(([name, value]) => [name, Array.isArray(value) ? (value as unknown[]).toReversed() : value] as const)
        .reverse(),
    ) as unknown as CustomerRecord;
    expect(written([otherwise], RECORD_COLUMNS, format)).toBe(written([record], RECORD_COLUMNS, format));
  });
});

describe('an export as csv', () => {
  it('has a heading and a line for each customer, and nothing in the cells that are not known', () => {
    const text =
      heading(RECORD_COLUMNS, 'csv') +
      written([RECORD, { ...RECORD, customerId: 'C-2', tier: 'none' }], RECORD_COLUMNS, 'csv');
    expect(text.split('\n')).toEqual([
      'customerId,registeredOn,kind,branchId,officerId,region,industry,channel,referrerId,points,tier,benefits,' +
        'loansDisbursed,loansActive,state,churnedOn,churnKind,churnReason,churnReasonUnknown,wonBackOn,phase,' +
        'warningLevel,warningScore,warningSignals,giftsOwed,parkedFacts,setAsideFacts',
      'C-1,2024-09-01,personal,B-1,,,,,,12,establishing,,2,1,retained,,,,false,,steady,green,0,,0,0,0',
      'C-2,2024-09-01,personal,B-1,,,,,,12,none,,2,1,retained,,,,false,,steady,green,0,,0,0,0',
      '',
    ]);
  });

  it('says who is gone and who is about to leave', () => {
    expect(written([CHURNED, WARNED], RECORD_COLUMNS, 'csv').split('\n')).toEqual([
      'C-1,2024-09-01,personal,B-1,,,,,,12,establishing,,2,1,churned,2024-11-30,abnormal,,true,,gone,green,0,,0,0,0',
      'C-1,2024-09-01,personal,B-1,,,,,,12,establishing,,2,1,retained,,,,false,,steady,yellow,30,' +
        'newly-overdue smaller-loan,2,0,0',
      '',
    ]);
  });

  it.each(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])(
    'takes the life out of a region that begins with %j',
    (sign) => {
      const cells = written([{ ...RECORD, region: `${sign}1+1` }], RECORD_COLUMNS, 'csv').split(',');
      expect(cells[5]?.replaceAll('"', '')).toBe(`'${sign}1+1`);
    },
  );

  it('leaves negative points the number they are, and quotes what would break a line', () => {
    const [line] = written([{ ...RECORD, points: -5, region: 'a "b", c\nd' }], RECORD_COLUMNS, 'csv').split(
      /\n(?=C-|$)/,
    );
    expect(line).toMatch(/^C-1,2024-09-01,personal,B-1,,"a ""b"", c\nd",,,,-5,establishing,,2,1,retained,/);
  });
});

describe('an export as ndjson', () => {
  it('has one object a line with every column and every loan, lists in an order of their own', () => {
    const lines = written([WARNED, { ...WARNED, customerId: 'C-2' }], RECORD_COLUMNS, 'ndjson').split('\n');
    expect(lines).toHaveLength(3);
    const first = JSON.parse(lines[0] ?? '') as CustomerRecord;
    expect(Object.keys(first)).toEqual(Object.keys(RECORD));
    expect(first.loans.map(({ loanId }) => loanId)).toEqual(['L-1', 'L-2', '__proto_']);
    expect(first).toMatchObject({ warningSignals: ['newly-overdue', 'smaller-loan'], warningScore: 30 });
    expect(heading(RECORD_COLUMNS, 'ndjson')).toBe('');
  });
});
