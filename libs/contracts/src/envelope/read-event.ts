import { compileCheck } from '../declarations/compiled-check.js';
import { declaredFields } from '../declarations/declared-fields.js';
import { refuseMessage } from '../declarations/refuse-message.js';
import type { Refusal } from '../refusals.js';
import { parseMessage, type JsonObject } from '../wire/json-bytes.js';
import { binaryModeEvent, contentModeOf, type MessageHeaders } from './binary-mode.js';
import { CloudEvent } from './cloud-event.js';

export interface ReadEvent {
  readonly kind: 'event';
  /** Every attribute passed its rule; `data` is an object nobody has looked into yet. */
  readonly event: CloudEvent;
}

const checkEnvelope = compileCheck(CloudEvent);
const identityRules = declaredFields(CloudEvent).filter(({ name }) => name === 'id' || name === 'source');

/** The CloudEvent of a message in either content mode. */
export function readEvent(bytes: Buffer, headers: MessageHeaders | undefined): ReadEvent | Refusal {
  const mode = headers === undefined ? 'structured' : contentModeOf(headers);
  if (typeof mode !== 'string') return mode;
  const parsed = parseMessage(bytes, mode === 'binary' ? 'data' : '');
  if (parsed.kind === 'refusal') return parsed;
  if (mode === 'structured' || headers === undefined) return checkedEvent(parsed.value);
  const event = binaryModeEvent(headers, parsed.value);
  return event.kind === 'refusal' ? event : checkedEvent(event.value);
}

function checkedEvent(values: JsonObject): ReadEvent | Refusal {
  if (!checkEnvelope(values)) {
    const refusal = refuseMessage(CloudEvent, values, '', factIdOf(values));
    if (refusal !== null) return refusal;
  }
  return { kind: 'event', event: values as unknown as CloudEvent };
}

/** Who the message says it is, as far as that much of its envelope is sound. */
function factIdOf(values: JsonObject): string | null {
  const sound = identityRules.every(({ name, rules }) => rules.every((rule) => rule.accepts(values[name], values)));
  return sound ? `${String(values['source'])}#${String(values['id'])}` : null;
}
