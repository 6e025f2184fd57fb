import { describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { canonicalJson } from '../canonical-json.js';
import { CloudEvent } from '../envelope/cloud-event.js';
import type { Declaration } from '../fields/field-rule.js';
import { CONTRACT } from '../message-types.js';
import { compileCanonicalWriter } from './compiled-canonical.js';
import { compileCheck } from './compiled-check.js';
import { declaredFields } from './declared-fields.js';
import { instanceOf, refuseMessage } from './refuse-message.js';

interface Subject {
  readonly name: string;
  readonly declaration: Declaration;
  readonly example: Readonly<Record<string, unknown>>;
}

const subjects: readonly Subject[] = [
  ...CONTRACT.map(({ type, declaration, example }) => ({ name: type, declaration, example })),
  {
    name: 'envelope',
    declaration: CloudEvent,
    example: {
      specversion: '1.0',
      id: 'e-1',
      source: '/core',
      type: 'lending.loan.settled.v1',
      subject: 'C-1',
      time: '2024-01-15T10:00:00+08:00',
      datacontenttype: 'application/json',
      dataschema: 'lending.loan.settled.v1',
      data: {},
    },
  },
];

const day = fc.tuple(fc.integer({ min: 1890, max: 2210 }), fc.nat(13), fc.nat(32)).map(([year, month, dayOfMonth]) => {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${String(year)}-${two(month)}-${two(dayOfMonth)}`;
});
const instalment = fc.record(
  {
    no: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('1', null)),
    dueOn: fc.oneof(fc.constant('2024-07-15'), day),
    amount: fc.constantFrom('1', '1.25', '1.123', '-1', 1),
    note: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
/** Values of every kind of field, good and nearly good, so that a replacement often fits the field it lands in. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  day,
  fc.stringMatching(/^[A-Za-z0-9._:$ -]{0,70}$/),
  fc.stringMatching(/^-?\d{0,15}(\.\d{0,5})?(e\d)?$/),
  fc.constantFrom(
    'CNY',
    'JPY',
    'KWD',
    'XXX',
    'personal',
    'corporate',
    '1.0',
    '2024-01-15T10:00:00Z',
    '2024-01-15T25:00:00Z',
  ),
  fc.integer({ min: -2, max: 40_000 }),
  fc.string({ unit: 'binary', maxLength: 260 }),
  fc.array(instalment, { maxLength: 4 }),
  fc.jsonValue(),
  fc.constantFrom(undefined, null, Infinity, -0, '', [], {}, true),
);

/** A message made from its example by up to three replacements, most often none or one. */
const changed = fc
  .constantFrom(...subjects)
  .chain((subject) =>
    fc.tuple(
      fc.constant(subject),
      fc.array(
        fc.tuple(fc.constantFrom(...declaredFields(subject.declaration).map((field) => field.name), 'unknown'), value),
        {
          maxLength: 3,
        },
      ),
    ),
  )
  .map(([subject, changes]) => ({ subject, values: { ...subject.example, ...Object.fromEntries(changes) } }));

describe('the compiled check and class-validator', () => {
  it('accept and refuse the same messages', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(changed, ({ subject, values }) => {
        const accepted = compiled(subject).check(values);
        seen[accepted ? 'accepted' : 'refused']++;
        expect(validateSync(instanceOf(subject.declaration, values)).length === 0).toBe(accepted);
        expect(refuseMessage(subject.declaration, values, 'data.', null) === null).toBe(accepted);
      }),
      { numRuns: 4_000 },
    );
    expect(seen.accepted).toBeGreaterThan(400);
    expect(seen.refused).toBeGreaterThan(400);
  });

  it('refuses a field declared with a rule the compiled check would not see', async () => {
    const { IsString } = await import('class-validator');
    class Foreign {
      @IsString()
      name!: string;
    }
    expect(() => compileCheck(Foreign)).toThrow('Foreign.name has the constraint');
  });
});

describe('the compiled canonical writer', () => {
  it('writes what the general one writes, or leaves it to that', () => {
    let written = 0;
    fc.assert(
      fc.property(changed, ({ subject, values }) => {
        const parsed = JSON.parse(JSON.stringify(values)) as Record<string, unknown>;
        const { check, writeCanonical } = compiled(subject);
        fc.pre(subject.name !== 'envelope' && check(parsed));
        const text = writeCanonical(parsed);
        if (text === null) return;
        written++;
        expect(text).toBe(canonicalJson(parsed));
      }),
      { numRuns: 2_000 },
    );
    expect(written).toBeGreaterThan(300);
  });
});

const cache = new Map<
  Declaration,
  { check: ReturnType<typeof compileCheck>; writeCanonical: ReturnType<typeof compileCanonicalWriter> }
>();

function compiled({ declaration }: Subject) {
  const found = cache.get(declaration) ?? {
    check: compileCheck(declaration),
    writeCanonical: compileCanonicalWriter(declaration),
  };
  cache.set(declaration, found);
  return found;
}
