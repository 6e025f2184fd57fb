import type pg from 'pg';

/**
 * When the report of a person under this key was made, in milliseconds: `now` the first time the key is seen, and the
 * same ever after. A person does not say when; and a repeat that were given another time would be another story.
 */
export async function timeOfReport(database: Pick<pg.Pool, 'query'>, key: string, now: number): Promise<number> {
  // The update changes nothing: a conflict that does nothing returns no row.
  const { rows } = await database.query<{ made_at: Date }>({
    name: 'ingestion-report-time',
    text: `INSERT INTO ingestion.report_time AS known (key, made_at) VALUES ($1, $2)
      ON CONFLICT (key) DO UPDATE SET made_at = known.made_at RETURNING made_at`,
    values: [key, new Date(now)],
  });
  const [known] = rows;
  if (known === undefined) throw new Error('ingestion.report_time returned no row');
  return known.made_at.getTime();
}
