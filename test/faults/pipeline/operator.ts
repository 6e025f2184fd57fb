import { DEFAULT_POLICY, DEFAULT_POLICY_BOOK, withPolicy } from '@retention/customer';
import type { Policy, PolicyBook } from '@retention/customer';
import type { DatabaseServer } from '../world/database-server.js';
import { SimulatedPool } from '../world/simulated-pool.js';
import type { World } from '../world/world.js';
import type { DatabaseTrouble } from './database-trouble.js';
import type { FaultCounts } from './fault-counts.js';
import type { Fleet } from './fleet.js';
import { READ_MODELS } from './read-model-checks.js';

interface OperatorScene {
  readonly world: World;
  readonly database: DatabaseServer;
  readonly trouble: DatabaseTrouble;
  readonly fleet: Fleet;
  readonly counts: FaultCounts;
}

/** Does what people do while traffic goes on: fills read models anew, publishes policies. */
export class Operator {
  private rebuilds = 0;
  private policiesUnderWay = 0;
  /** How many policies were published, or will be. */
  published = 0;
  /** What everything is decided under in the end. */
  book: PolicyBook = DEFAULT_POLICY_BOOK;

  constructor(private readonly scene: OperatorScene) {}

  /** What has been begun and is not done, one sentence each. */
  underWay(): string[] {
    return [
      ...(this.rebuilds === 0 ? [] : [`${this.rebuilds} rebuilds are under way`]),
      ...(this.policiesUnderWay === 0 ? [] : ['a policy is being published']),
    ];
  }

  /** An operator's own process, which does one thing and tries again until it is done. */
  private operate(work: (pool: ReturnType<typeof SimulatedPool.of>) => Promise<void>, done: () => void): void {
    const { world, database, trouble } = this.scene;
    const operator = world.start('operator');
    const pool = SimulatedPool.of(world, database, trouble, { process: operator, max: 1 });
    const attempt = (): void => {
      work(pool).then(done, () => {
        world.schedule(700, operator, attempt);
      });
    };
    world.schedule(0, operator, attempt);
  }

  /** As the runbook says: everything away in one transaction, while the projectors run. */
  rebuild(): void {
    this.rebuilds += 1;
    this.operate(
      async (pool) => {
        const client = await pool.connect();
        let broken = true;
        try {
          await client.query('BEGIN');
          await client.query('UPDATE projection.checkpoint SET position = 0, revision = revision + 1');
          await client.query('DELETE FROM projection.parked_stream');
          for (const table of READ_MODELS) await client.query(`DELETE FROM ${table}`);
          await client.query('COMMIT');
          broken = false;
        } finally {
          client.release(broken);
        }
      },
      () => {
        this.rebuilds -= 1;
      },
    );
  }

  /** One or two versions, published by an api while facts come in. */
  planPolicies(duringMs: number): void {
    const { world, fleet, counts } = this.scene;
    const { random } = world;
    for (const [index, effectiveFrom] of random
      .shuffled(['2021-06-01', '2022-04-15', '2023-03-01'])
      .slice(0, 2)
      .entries()) {
      const policy: Policy = {
        ...DEFAULT_POLICY,
        version: `simulated-${index}`,
        effectiveFrom,
        points: { ...DEFAULT_POLICY.points, loanUse: DEFAULT_POLICY.points.loanUse + 1 + index },
        churn: { ...DEFAULT_POLICY.churn, graceDays: random.pick([30, 60, 120]) },
      };
      this.book = withPolicy(this.book, policy);
      this.published += 1;
      this.policiesUnderWay += 1;
      counts.add('policy published during traffic');
      const publish = (): void => {
        const again = (): void => void world.schedule(1000, null, publish);
        const [api] = fleet.running('api');
        if (api === undefined) {
          again();
          return;
        }
        let isOver = false;
        const over = (next: () => void) => (): void => {
          if (isOver) return;
          isOver = true;
          next();
        };
        world.schedule(8000, null, over(again));
        world.schedule(0, api.process, () => {
          api.app.runtime.writer.publishPolicy({ policy, author: 'A-1', reason: 'a trial' }).then(
            over(() => (this.policiesUnderWay -= 1)),
            over(again),
          );
        });
      };
      world.schedule(random.whole(1000, duringMs), null, publish);
    }
  }
}
