import { isUtf8 } from 'node:buffer';
import { refuse, type Refusal } from '../refusals.js';
import type { JsonObject, ParsedMessage } from '../wire/json-bytes.js';
import { isJsonContentType } from './content-type.js';

export type MessageHeaders = Readonly<Record<string, Buffer | string | undefined>>;

export type ContentMode = 'structured' | 'binary';

const STRUCTURED = /^application\/cloudevents(?:\+json)?\s*(?:;.*)?$/i;

/**
 * Where a message keeps its envelope. A CloudEvents content type says so; else `ce_` headers do; a message with neither
 * is read as structured, because that is what files and plain producers send.
 */
export function contentModeOf(headers: MessageHeaders): ContentMode | Refusal {
  const contentType = textOf(headers['content-type']);
  if (contentType !== undefined) {
    if (STRUCTURED.test(contentType)) return 'structured';
    if (/^application\/cloudevents-batch/i.test(contentType) || !isJsonContentType(contentType)) {
      return refuse('unsupported-content-type', 'content-type', 'The content-type must be a single event in JSON.');
    }
  }
  return headers['ce_specversion'] === undefined && headers['ce_id'] === undefined ? 'structured' : 'binary';
}

const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema'] as const;

/** The event of a message in Kafka binary mode: attributes from the `ce_` headers, data from the value. */
export function binaryModeEvent(headers: MessageHeaders, data: JsonObject): ParsedMessage | Refusal {
  const event: Record<string, unknown> = { data };
  for (const attribute of ATTRIBUTES) {
    const header = headers[`ce_${attribute}`];
    if (header === undefined) continue;
    const text = textOf(header);
    if (text === undefined) {
      return refuse('invalid-encoding', attribute, `The header ce_${attribute} is not valid UTF-8.`);
    }
    event[attribute] = text;
  }
  return { kind: 'parsed', value: event };
}

function textOf(header: Buffer | string | undefined): string | undefined {
  if (header === undefined || typeof header === 'string') return header;
  return isUtf8(header) ? header.toString('utf8') : undefined;
}
