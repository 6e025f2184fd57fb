import { describe, expect, it } from '@jest/globals';
import type { CustomerRow } from '@retention/read-models';
import { customerRecord } from './customer-record.js';
import type { CustomerRecord } from './customer-record.js';
import { heading, written } from './written-records.js';

/** A row is a class to TypeORM and plain data to everybody else. */
type Row = { readonly [Column in keyof CustomerRow]: CustomerRow[Column] };

const ROW: Row = {
  customer_id: 'C-1',
  registered_on: '2024-09-01',
  kind: 'personal',
  branch_id: 'B-1',
  officer_id: null,
  region: null,
  industry: null,
  channel: null,
  referrer_id: null,
  points: 12,
  tier: 'establishing',
  benefits: [],
  loans: { 'L-2': 'active', 'L-1': 'settled', __proto_: 'active' },
  loans_disbursed: 2,
  loans_active: 1,
  parked_facts: 0,
  set_aside_facts: 0,
};

function recordOf(over: Partial<Row>): CustomerRecord {
  const record = customerRecord({ ...ROW, ...over });
  if (record === null) throw new Error('no record');
  return record;
}

describe('an exported customer', () => {
  it('has its columns, loans and benefits in an order of their own', () => {
    const record = recordOf({ benefits: ['preferential-rate', 'birthday-cake'] });
    expect(Object.keys(record).slice(0, 3)).toEqual(['customerId', 'registeredOn', 'kind']);
    expect(record.loans.map(({ loanId }) => loanId)).toEqual(['L-1', 'L-2', '__proto_']);
    expect(record.benefits).toEqual(['birthday-cake', 'preferential-rate']);
  });

  it('is left out when facts waited for its registration once and nothing does any more', () => {
    expect(customerRecord({ ...ROW, registered_on: null, loans: {}, points: 0 })).toBeNull();
    expect(customerRecord({ ...ROW, registered_on: null, loans: {}, points: 0, parked_facts: 1 })).not.toBeNull();
  });
});

describe('an export as csv', () => {
  it('has a heading and a line for each customer, and nothing in the cells that are not known', () => {
    const text = heading('csv') + written([recordOf({}), recordOf({ customer_id: 'C-2', tier: 'none' })], 'csv');
    expect(text.split('\n')).toEqual([
      'customerId,registeredOn,kind,branchId,officerId,region,industry,channel,referrerId,points,tier,benefits,' +
        'loansDisbursed,loansActive,parkedFacts,setAsideFacts',
      'C-1,2024-09-01,personal,B-1,,,,,,12,establishing,,2,1,0,0',
      'C-2,2024-09-01,personal,B-1,,,,,,12,none,,2,1,0,0',
      '',
    ]);
  });

  it.each(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])(
    'takes the life out of a region that begins with %j',
    (sign) => {
      const cells = written([recordOf({ region: `${sign}1+1` })], 'csv').split(',');
      expect(cells[5]?.replaceAll('"', '')).toBe(`'${sign}1+1`);
    },
  );

  it('leaves negative points the number they are, and quotes what would break a line', () => {
    const [line] = written([recordOf({ points: -5, region: 'a "b", c\nd' })], 'csv').split(/\n(?=C-|$)/);
    expect(line).toBe('C-1,2024-09-01,personal,B-1,,"a ""b"", c\nd",,,,-5,establishing,,2,1,0,0');
  });
});

describe('an export as ndjson', () => {
  it('has one object a line with every column and every loan', () => {
    const lines = written([recordOf({}), recordOf({ customer_id: 'C-2' })], 'ndjson').split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0] ?? '')).toEqual(recordOf({}));
    expect(heading('ndjson')).toBe('');
  });
});
