import type { Readings } from '@retention/platform';
import type { Runtime } from '../runtime.js';
import { COUNTED_MAX } from './counted-max.js';

interface UnsentLetters {
  readonly letters: number;
  readonly ageSeconds: number;
}

/** Dead letters from Kafka that the dead-letter topic does not have yet, in the processes that send them. */
export function watchUnsentLetters({ database }: Pick<Runtime, 'database'>, readings: Readings): void {
  readings.add({
    name: 'unsent-letters',
    read: async () => {
      // The index of those not sent holds them in the order they came: the first is the oldest.
      const { rows } = await database.query<UnsentLetters>(
        `SELECT count(*)::int AS letters, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float8 AS "ageSeconds"
         FROM (SELECT recorded_at FROM ingestion.dead_letter WHERE published_at IS NULL AND door = 'kafka'
               ORDER BY id LIMIT $1) unsent`,
        [COUNTED_MAX],
      );
      return rows[0] ?? { letters: 0, ageSeconds: 0 };
    },
    gauges: [
      {
        name: 'retention_dead_letters_unsent',
        help: `Dead letters from Kafka the dead-letter topic does not have yet; counted up to ${COUNTED_MAX}`,
        figures: ({ letters }) => [{ value: letters }],
      },
      {
        name: 'retention_dead_letters_unsent_age_seconds',
        help: 'Age of the oldest of them',
        figures: ({ ageSeconds }) => [{ value: ageSeconds }],
      },
    ],
  });
}
