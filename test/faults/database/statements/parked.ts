import { shownAs } from '../column-types.js';
import type { Row, Values } from '../row.js';
import type { Environment } from '../sql/environment.js';
import type { Run } from '../sql/plan.js';
import { known } from './known.js';
import type { Known } from './known.js';

function* seen({ transaction }: Environment, rows: Iterable<Row>): Iterable<Values> {
  for (const row of rows) {
    const values = row.seenBy(transaction);
    if (values !== null) yield values;
  }
}

/** Parked customers with how many letters are kept of each. */
const PARKED_CUSTOMERS = known(
  `SELECT p.customer_id AS "customerId", p.since, p.error, p.failures, p.fact_id AS "factId", p.origin,
     (SELECT count(*)::int FROM ingestion.dead_letter d WHERE d.customer_id = p.customer_id AND d.resolution IS NULL)
       AS letters
   FROM ingestion.parked_customer p
   {page|WHERE $1::text IS NULL OR p.customer_id > $1 ORDER BY p.customer_id LIMIT $2}
   {one|WHERE p.customer_id = $1}`,
  (has): Run =>
    (environment) => {
      const [after, limit] = environment.values as [string | null, number];
      const letters = [...seen(environment, environment.table('ingestion.dead_letter').rows)];
      const parked = [...seen(environment, environment.table('ingestion.parked_customer').rows)]
        .filter(({ customer_id: id }) => (has.has('one') ? id === after : after === null || (id as string) > after))
        .sort((one, other) => ((one['customer_id'] as string) < (other['customer_id'] as string) ? -1 : 1));
      const rows = parked.slice(0, has.has('page') ? limit : parked.length).map((row) => ({
        customerId: row['customer_id'],
        since: shownAs('timestamptz', row['since']),
        error: row['error'],
        failures: row['failures'],
        factId: row['fact_id'],
        origin: shownAs('json', row['origin']),
        letters: letters.filter(({ customer_id: id, resolution }) => id === row['customer_id'] && resolution === null)
          .length,
      }));
      return { rows, rowCount: rows.length };
    },
);

export const PARKED: readonly Known[] = [PARKED_CUSTOMERS];
