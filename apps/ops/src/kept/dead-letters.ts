import { deadLetter, deadLetters } from '@retention/ingestion';
import type { DeadLetterLine, DeadLetterPage, KeptDeadLetter, KeptHeader } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { OpsFailure } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { printable, shortened, table } from '../terminal/text.js';
import { visitRuntime } from '../visit-runtime.js';
import { describeOrigin } from './describe-origin.js';

const REASON_CHARACTERS = 100;
/** What a person scrolls through; --json gives all. */
const SHOWN_BODY_BYTES = 16 * 1024;

interface ListRequest extends Omit<DeadLetterPage, 'code'> {
  /** As typed; one that does not exist finds nothing. */
  readonly code: string | null;
}

export function listDeadLetters(config: Config, request: ListRequest, output: Output): Promise<void> {
  return visitRuntime(config, async ({ database }) => {
    const lines = await deadLetters(database, request as DeadLetterPage);
    const next = lines.length < request.limit ? null : (lines.at(-1)?.id ?? null);
    await output.result({ deadLetters: lines, next }, () => [
      ...(request.state === 'open' ? openLetters(lines) : endedLetters(lines)),
      ...(next === null ? [] : [`There may be more: --after ${next}`]),
    ]);
  });
}

function openLetters(lines: readonly DeadLetterLine[]): string[] {
  if (lines.length === 0) return ['No dead letters.'];
  const rows = lines.map(({ id, seen, recordedAt, code, origin, reason }) => [
    ...[id, String(seen), second(recordedAt), code, describeOrigin(origin)],
    shortened(reason, REASON_CHARACTERS),
  ]);
  return table(['id', 'seen', 'since', 'code', 'from', 'reason'], rows);
}

function endedLetters(lines: readonly DeadLetterLine[]): string[] {
  if (lines.length === 0) return ['No dead letter has been dealt with.'];
  const rows = lines.map(({ id, code, resolution, resolvedAt, resolvedBy, resolvedBecause }) => [
    ...[id, code, resolution ?? '', resolvedAt === null ? '' : second(resolvedAt)],
    ...[resolvedBy ?? '', shortened(resolvedBecause ?? '', REASON_CHARACTERS)],
  ]);
  return table(['id', 'code', 'ended', 'at', 'by', 'because'], rows);
}

const second = (time: Date): string => time.toISOString().slice(0, 19);

/** @throws OpsFailure when there is none of that id. */
export function showDeadLetter(config: Config, id: string, output: Output): Promise<void> {
  return visitRuntime(config, async ({ database }) => {
    const letter = await deadLetter(database, id);
    if (letter === null) throw new OpsFailure(`There is no dead letter ${id}.`);
    const { body, ...line } = letter;
    await output.result({ ...line, body: body === null ? null : readable(body) }, () => describe(letter));
  });
}

function describe(letter: KeptDeadLetter): string[] {
  const { code, field, reason, factId, customerId, origin, seen, recordedAt, publishedAt, headers, body } = letter;
  const named: [string, string | null][] = [
    ['code', code],
    ['field', field],
    ['reason', reason],
    ['fact', factId],
    ['customer', customerId],
    ['from', describeOrigin(origin)],
    ['seen', String(seen)],
    ['since', recordedAt.toISOString()],
    ['published', publishedAt?.toISOString() ?? null],
    ['ended', letter.resolution],
    ['ended at', letter.resolvedAt?.toISOString() ?? null],
    ['ended by', letter.resolvedBy],
    ['because', letter.resolvedBecause],
    ...Object.entries(headers).map(([name, value]): [string, string] => [`header ${name}`, textOf(value)]),
  ];
  return [
    ...named.flatMap(([name, value]) => (value === null ? [] : [`${printable(name)}: ${printable(value)}`])),
    ...describeBody(body),
  ];
}

function describeBody(body: Buffer | null): string[] {
  if (body === null) return ['body: none'];
  const shown = textOf(readable(body.subarray(0, SHOWN_BODY_BYTES)));
  const rest = body.length - SHOWN_BODY_BYTES;
  return [
    `body, ${body.length} bytes:`,
    ...shown.split('\n').map(printable),
    ...(rest > 0 ? [`… ${rest} bytes more: --json prints all of them`] : []),
  ];
}

const textOf = (kept: KeptHeader): string => ('text' in kept ? kept.text : kept.base64);

/** Text where the bytes are UTF-8, else base64, so that what came can be had back exactly. */
function readable(bytes: Buffer): KeptHeader {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString('base64') };
}
