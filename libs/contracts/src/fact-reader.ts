import type { Fact } from '@retention/customer';
import { canonicalJson, hashKey } from './canonical-json.js';
import { compileCanonicalWriter, type CanonicalWriter } from './declarations/compiled-canonical.js';
import { compileCheck, type Check } from './declarations/compiled-check.js';
import { declaredFields } from './declarations/declared-fields.js';
import { refuseMessage } from './declarations/refuse-message.js';
import type { MessageHeaders } from './envelope/binary-mode.js';
import { namesSchemaOf, type CloudEvent } from './envelope/cloud-event.js';
import { readEvent } from './envelope/read-event.js';
import { CONTRACT, isKnownInAnotherVersion } from './message-types.js';
import { businessDayClosed } from './messages/business-day-closed.js';
import type { MessageType } from './messages/message-type.js';
import { isPersonalField, personalDataOf, type PersonalData } from './personal-data.js';
import { quoted, refuse, type Refusal } from './refusals.js';
import { createBusinessCalendar } from './time/business-calendar.js';
import { instantOf } from './time/calendar.js';
import type { JsonObject } from './wire/json-bytes.js';

/** A message that was understood. */
export interface IncomingFact {
  readonly kind: 'fact';
  /** `<source>#<id>`. A source has no `#`, so two facts never share one. */
  readonly factId: string;
  /** First 16 bytes of the SHA-256 of `<source>\n<id>`, in hex. */
  readonly identityKey: string;
  /**
   * First 16 bytes of the SHA-256 of the canonical JSON of `{data, subject, time, type}`, unknown fields of data
   * included, in hex. The same identity with another hash is another story under the same name.
   */
  readonly contentHash: string;
  /** Null where only the loan can tell, and for the calendar. */
  readonly customerId: string | null;
  readonly loanId: string | null;
  readonly fact: Fact;
  /** Taken out of the fact, so that it can be kept apart, encrypted and erased. */
  readonly personal: PersonalData | null;
}

export interface FactReader {
  /** Never throws on account of the message. A null value (tombstone) is refused as `empty-message`. */
  read(bytes: Buffer | null, headers?: MessageHeaders): IncomingFact | Refusal;
}

interface CompiledMessage {
  readonly message: MessageType;
  readonly check: Check;
  readonly writeCanonical: CanonicalWriter;
  readonly knownFields: ReadonlySet<string>;
  /** Elsewhere a `loanId` is an unknown field that nobody checked. */
  readonly namesLoan: boolean;
}

const COMPILED: ReadonlyMap<string, CompiledMessage> = new Map(
  CONTRACT.map((message) => [message.type, compile(message)]),
);

function compile(message: MessageType): CompiledMessage {
  const knownFields = new Set(declaredFields(message.declaration).map((field) => field.name));
  return {
    message,
    check: compileCheck(message.declaration),
    writeCanonical: compileCanonicalWriter(message.declaration),
    knownFields,
    namesLoan: knownFields.has('loanId'),
  };
}

export interface FactReaderOptions {
  readonly businessTimeZone: string;
  /** Milliseconds since the epoch. With it a business day cannot be reported closed before it begins. */
  readonly now?: () => number;
}

/**
 * Reads messages of the upstream contract into facts, in structured mode and in Kafka binary mode.
 *
 * @throws RangeError when the time zone is unknown.
 */
export function createFactReader({ businessTimeZone, now }: FactReaderOptions): FactReader {
  const businessDayOf = createBusinessCalendar(businessTimeZone);

  /** One wrong year would make every customer churn, and no later day could bring them back. */
  function aheadOfTheCalendar({ type, data }: CloudEvent, factId: string): Refusal | null {
    if (now === undefined || type !== businessDayClosed.type) return null;
    const [day, today] = [data['day'] as string, businessDayOf(now())];
    if (day <= today) return null;
    return refuse(
      'day-ahead',
      'data.day',
      `data.day ${day} has not begun; today is ${today} in ${businessTimeZone}.`,
      factId,
    );
  }

  function toIncomingFact(event: CloudEvent, compiled: CompiledMessage, factId: string): IncomingFact | Refusal {
    const { message } = compiled;
    const { data } = event;
    const subject = event.subject ?? null;
    const inData = (data['customerId'] as string | null | undefined) ?? null;
    const customerId = message.customer === 'none' ? null : (inData ?? subject);
    if (inData !== null && subject !== null && inData !== subject && message.customer !== 'none') {
      const reason = `The subject ${quoted(subject)} is not the customer of the data, ${quoted(inData)}.`;
      return refuse('subject-mismatch', 'subject', reason, factId);
    }
    if (customerId === null && message.customer === 'required') {
      return refuse('missing-field', 'data.customerId', 'data.customerId or the subject is required.', factId);
    }
    const canonicalWithoutExtra = compiled.writeCanonical(data);
    const canonicalData = canonicalWithoutExtra ?? canonicalJson(data);
    if (canonicalData === null) {
      return refuse('invalid-number', 'data', 'data has a number that is too large to be kept.', factId);
    }
    const occurredAt = instantOf(event.time);
    const fact = message.toFact(data, { factId, occurredAt, businessDay: () => businessDayOf(occurredAt) });
    const extra = canonicalWithoutExtra === null ? unknownFields(data, compiled.knownFields) : null;
    return {
      kind: 'fact',
      factId,
      identityKey: hashKey(`${event.source}\n${event.id}`),
      contentHash: hashKey(canonicalContent(event, canonicalData)),
      customerId,
      loanId: compiled.namesLoan ? (data['loanId'] as string) : null,
      fact: extra === null ? fact : { ...fact, extra },
      personal: message.hasPersonalData === true ? personalDataOf(data) : null,
    };
  }

  return {
    read(bytes, headers) {
      if (bytes === null || bytes.length === 0) return refuse('empty-message', null, 'The message has no value.');
      const read = readEvent(bytes, headers);
      if (read.kind === 'refusal') return read;
      const { event } = read;
      const factId = `${event.source}#${event.id}`;
      const compiled = COMPILED.get(event.type);
      if (compiled === undefined) return refuseType(event.type, factId);
      if (typeof event.dataschema === 'string' && !namesSchemaOf(event.type, event.dataschema)) {
        const reason = `dataschema ${quoted(event.dataschema)} does not name the schema of ${event.type}.`;
        return refuse('unknown-schema', 'dataschema', reason, factId);
      }
      if (!compiled.check(event.data)) {
        const refusal = refuseMessage(compiled.message.declaration, event.data, 'data.', factId);
        if (refusal !== null) return refusal;
      }
      return aheadOfTheCalendar(event, factId) ?? toIncomingFact(event, compiled, factId);
    },
  };
}

/** `{data, subject, time, type}` in canonical JSON. The last three passed rules that leave nothing to escape. */
function canonicalContent({ subject, time, type }: CloudEvent, canonicalData: string): string {
  const about = typeof subject === 'string' ? `"subject":"${subject}",` : '';
  return `{"data":${canonicalData},${about}"time":"${time}","type":"${type}"}`;
}

/**
 * The fields the contract does not know, or null when there are none. One that is called like personal data is left
 * out: nobody could find it there when the person asks to be forgotten.
 */
function unknownFields(data: JsonObject, known: ReadonlySet<string>): JsonObject | null {
  let extra: Record<string, unknown> | null = null;
  for (const name in data) {
    if (known.has(name) || isPersonalField(name)) continue;
    (extra ??= {})[name] = data[name];
  }
  return extra;
}

function refuseType(type: string, factId: string): Refusal {
  return isKnownInAnotherVersion(type)
    ? refuse('unknown-version', 'type', `The contract has ${quoted(type)} only in another version.`, factId)
    : refuse('unknown-type', 'type', `The contract has no message of type ${quoted(type)}.`, factId);
}
