import { dayClosed, ingestFile } from '@retention/ingestion';
import { overview } from '@retention/read-models';
import { untilCaughtUp } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { DEMO_LAST_DAY, demoFeedPath } from './demo-feed.js';

type Say = (line: string) => void;

/** Kept beside the events: 0 = the demo is being fed, 1 = it is in to its end. */
const FEEDING = { consumer: 'demo-feed', source: 'feed.ndjson.gz' };

/**
 * A store without events and without Kafka has nothing to show: it is fed the bundled feed, once, by the next start where
 * this one is told to stop in the middle of it. `signal` is that wish.
 */
export async function feedDemoOnFirstStart(runtime: Runtime, say: Say, signal: AbortSignal): Promise<void> {
  const { config, store, writer } = runtime;
  if (config.kafka !== null || !config.demoFeed) return;
  const begun = (await store.offsets(FEEDING.consumer)).get(FEEDING.source);
  if (begun === undefined) {
    const head = await store.head();
    if ([...head.values()].some((position) => position > 0)) return;
    say('First start: feeding the demo lender (400 customers, 3 years, simulated). DEMO_FEED=off starts empty.');
    await note(runtime, null, 0);
  } else {
    if (begun > 0) return;
    say('The last start ended before the demo lender was fed: feeding the rest.');
  }
  const report = await ingestFile(writer, { path: demoFeedPath(), signal });
  if (!report.isComplete) return;
  const { accepted, parked, duplicate, refused } = report.outcomes;
  say(
    `  ${report.lines} messages in ${report.seconds.toFixed(1)} s: ${accepted} accepted, ${parked} parked, ` +
      `${duplicate} duplicates, ${refused + report.outcomes['conflicting-duplicate']} refused`,
  );
  // Where the product closes days itself, a later one is closed already.
  const closesHere = !config.business.closesDays;
  if (closesHere) await writer.submit({ items: [dayClosed(DEMO_LAST_DAY, 'command line')], advances: [] });
  await note(runtime, 0, 1);
  await untilCaughtUp(runtime);
  if (closesHere) say(`  closed     ${DEMO_LAST_DAY}, its last business day: what waited for a day is decided`);
}

function note({ store }: Runtime, expected: number | null, next: number): Promise<void> {
  return store.append({ streams: [], advances: [{ ...FEEDING, expected, next }], companions: [] });
}

/** What the read models hold, for the person who started the process. */
export async function sayWhatIsThere({ dataSource }: Runtime, say: Say): Promise<void> {
  const { totals, entries, tiers, standing } = await overview(dataSource);
  say(`  customers  ${totals.customers}`);
  say(`  points     ${totals.points}  (${list(Object.entries(entries).map(([rule, n]) => `${n} × ${rule}`))})`);
  say(`  tiers      ${list(tiers.map(({ tier, customers }) => `${tier} ${customers}`))}`);
  const { states, churnKinds, warningLevels } = standing;
  say(
    `  churn      retained ${states.retained}, churned ${states.churned} (abnormal ${churnKinds.abnormal}, normal ${churnKinds.normal})`,
  );
  say(`  warnings   ${list(Object.entries(warningLevels).map(([level, customers]) => `${level} ${customers}`))}`);
  if (totals.parkedFacts > 0) say(`  parked     ${totals.parkedFacts} facts wait for a customer or a loan`);
}

function list(parts: readonly string[]): string {
  return parts.length === 0 ? 'none' : parts.join(', ');
}
