import type { OutgoingRecord, RecordProducer } from '@retention/platform';
import type pg from 'pg';
import type { Origin } from '../message.js';

interface UnpublishedRow {
  readonly id: string;
  readonly code: string;
  readonly field: string | null;
  readonly reason: string;
  readonly origin: Extract<Origin, { door: 'kafka' }>;
  readonly headers: Readonly<Record<string, { readonly text?: string; readonly base64?: string }>>;
  readonly body: Buffer | null;
}

const LETTERS_PER_ROUND = 500;

/**
 * Sends dead letters that came through Kafka to the dead-letter topic, with their bytes, headers and the reason, and
 * marks them as sent. At least once: a crash between the two sends them again. Returns how many were sent.
 */
export async function publishDeadLetters(database: pg.Pool, producer: RecordProducer, topic: string): Promise<number> {
  const client = await database.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<UnpublishedRow>(
      `SELECT id, code, field, reason, origin, headers, body FROM ingestion.dead_letter
       WHERE published_at IS NULL AND door = 'kafka' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [LETTERS_PER_ROUND],
    );
    if (rows.length > 0) {
      await producer.send(topic, rows.map(recordOf));
      const ids = rows.map(({ id }) => id);
      await client.query('UPDATE ingestion.dead_letter SET published_at = now() WHERE id = ANY($1::bigint[])', [ids]);
    }
    await client.query('COMMIT');
    return rows.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}

function recordOf({ code, field, reason, origin, headers, body }: UnpublishedRow): OutgoingRecord {
  const original = Object.entries(headers).map(([header, { text, base64 }]): [string, Buffer] => [
    header,
    base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64'),
  ]);
  return {
    key: null,
    value: body,
    headers: {
      ...Object.fromEntries(original),
      'retention-reason-code': code,
      'retention-reason': reason,
      ...(field === null ? {} : { 'retention-field': field }),
      'retention-topic': origin.topic,
      'retention-partition': String(origin.partition),
      'retention-offset': origin.offset,
    },
  };
}
