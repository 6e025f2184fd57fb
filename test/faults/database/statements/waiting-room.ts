import { shownAs, valueOf } from '../column-types.js';
import type { Row, Values } from '../row.js';
import type { Environment } from '../sql/environment.js';
import type { Run } from '../sql/plan.js';
import { known } from './known.js';
import type { Known } from './known.js';

function* seen(environment: Environment, rows: Iterable<Row>): Iterable<Values> {
  for (const row of rows) {
    const values = row.seenBy(environment.transaction);
    if (values !== null) yield values;
  }
}

/** Facts that wait for the owner of their loan, which has one by now who is not parked. */
const RELEASABLE = known(
  `SELECT p.key, o.customer_id, p.fact, p.origin
   FROM ingestion.pending_fact p JOIN ingestion.loan_owner o USING (loan_id)
   WHERE ($1::text[] IS NULL OR p.loan_id = ANY($1::text[]))
     AND o.customer_id NOT IN (SELECT customer_id FROM ingestion.parked_customer)
   ORDER BY p.key LIMIT $2`,
  (): Run => (environment) => {
    const loanIds = valueOf('text[]', environment.values[0]) as string[] | null;
    const wanted = loanIds === null ? null : new Set(loanIds);
    const found: { readonly fact: Values; readonly customerId: unknown }[] = [];
    const owners = environment.table('ingestion.loan_owner');
    const parked = environment.table('ingestion.parked_customer');
    for (const fact of seen(environment, environment.table('ingestion.pending_fact').rows)) {
      if (wanted !== null && !wanted.has(fact['loan_id'] as string)) continue;
      for (const owner of seen(environment, owners.find('loan_id', fact['loan_id']))) {
        const [isParked] = seen(environment, parked.find('customer_id', owner['customer_id']));
        if (isParked !== undefined) continue;
        found.push({ fact, customerId: owner['customer_id'] });
      }
    }
    found.sort((one, other) => ((one.fact['key'] as string) < (other.fact['key'] as string) ? -1 : 1));
    const rows = found.slice(0, environment.values[1] as number).map(({ fact, customerId }) => ({
      key: shownAs('uuid', fact['key']),
      customer_id: customerId,
      fact: shownAs('json', fact['fact']),
      origin: shownAs('json', fact['origin']),
    }));
    return { rows, rowCount: rows.length };
  },
);

export const WAITING_ROOM: readonly Known[] = [RELEASABLE];
