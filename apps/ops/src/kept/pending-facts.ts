import { pendingFacts } from '@retention/ingestion';
import type { PendingFactPage } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import type { Output } from '../terminal/output.js';
import { table } from '../terminal/text.js';
import { visitRuntime } from '../visit-runtime.js';
import { describeOrigin } from './describe-origin.js';

export function listPendingFacts(config: Config, page: PendingFactPage, output: Output): Promise<void> {
  return visitRuntime(config, async ({ database }) => {
    const facts = await pendingFacts(database, page);
    const next = facts.length < page.limit ? null : (facts.at(-1)?.key ?? null);
    await output.result({ pendingFacts: facts, next }, () => {
      if (facts.length === 0) return ['No facts are pending.'];
      const rows = facts.map(({ type, loanId, factId, origin, recordedAt }) => [
        loanId,
        type,
        recordedAt.toISOString().slice(0, 19),
        describeOrigin(origin),
        factId,
      ]);
      const more = next === null ? [] : [`There may be more: --after ${next}`];
      return [...table(['waits for loan', 'type', 'since', 'from', 'fact'], rows), ...more];
    });
  });
}
