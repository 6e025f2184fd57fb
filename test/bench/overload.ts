import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { startKafkaBroker } from '../../libs/testing/src/kafka/kafka-broker.js';
import { openKafkaTools } from '../../libs/testing/src/kafka/kafka-tools.js';
import { freshDatabase, perSecond, say, withClient, withServer } from './bench-server.js';
import { memoryFigures, rssWhileTaking } from './overload-memory.js';
import type { MemoryFigures, Second } from './overload-memory.js';
import { startMeasured } from './overload-process.js';
import type { MeasuredProcess } from './overload-process.js';
import { PARTITIONS, TopicFiller } from './overload-topic.js';

export interface OverloadOptions {
  /** Messages that wait when ingest starts. */
  readonly messages: number;
  /** How long each of the two runs takes from its cold start. */
  readonly minutes: number;
}

export interface OverloadRun {
  readonly waitingAtBegin: number;
  readonly waitingAtEnd: number;
  readonly taken: number;
  readonly factsPerSecond: number;
  readonly ingest: MemoryFigures;
  readonly projector: MemoryFigures;
  /** SIGTERM in the middle of it. */
  readonly stop: { readonly exitCode: number | null; readonly seconds: number };
  readonly seconds: readonly { readonly ingest: Second; readonly projector: Second }[];
}

export interface OverloadFigures extends OverloadOptions {
  readonly fillSeconds: number;
  /** The same messages, of which only so many wait as are taken in a few seconds. */
  readonly near: OverloadRun;
  readonly far: OverloadRun;
}

const NEAR_BACKLOG = 40_000;
const SAID_EVERY_SECONDS = 10;
/**
 * Flat: with all that waits, the process holds at most so much more than the same process with few waiting, over the last
 * quarter of the messages both have taken. It grows with what it has taken either way, until its cache of customers is full.
 */
const FLAT_WITHIN = 0.1;

/**
 * One ingest and one projector process, started cold against a topic in which millions of messages wait; and, before, the
 * same with messages that are written only as they are taken.
 */
export async function benchOverload(options: OverloadOptions): Promise<OverloadFigures> {
  const broker = await startKafkaBroker();
  try {
    return await withServer(async (server) => {
      const near = await inTopic(broker.brokers, 'near', async (filler) => {
        const url = await freshDatabase(server.url, 'near');
        return measure(url, broker.brokers, 'near', options.minutes, filler, NEAR_BACKLOG);
      });
      say(`near: ${sentence(near)}`);
      return inTopic(broker.brokers, 'far', async (filler) => {
        const startedAt = performance.now();
        await filler.fillTo(options.messages);
        const fillSeconds = (performance.now() - startedAt) / 1000;
        say(`${filler.messages} messages wait, written in ${fillSeconds.toFixed(0)} s`);
        const url = await freshDatabase(server.url, 'far');
        const far = await measure(url, broker.brokers, 'far', options.minutes, filler, null);
        return { ...options, fillSeconds, near, far };
      });
    });
  } finally {
    await broker.stop();
  }
}

export function overloadSummary({ near, far, fillSeconds, messages }: OverloadFigures): string[] {
  const { ingest } = far;
  const grown = rssRatio(near, far);
  const ratio = (of: (run: OverloadRun) => number): string => (of(far) / of(near)).toFixed(2);
  return [
    `filled         ${messages} messages in ${fillSeconds.toFixed(0)} s (gzip, ${PARTITIONS} partitions)`,
    `far ahead      ${sentence(far)}`,
    `small backlog  ${sentence(near)}`,
    `ratio          RSS ${ratio((run) => run.ingest.lastQuarter.rss)}, maximum ${ratio((run) => run.ingest.maximumRss)}, heap ${ratio((run) => run.ingest.lastQuarter.heap)}, facts/s ${ratio((run) => run.factsPerSecond)}`,
    `ingest         ${memorySentence(ingest)}`,
    `projector      ${memorySentence(far.projector)}`,
    `SIGTERM        exit code ${far.stop.exitCode} after ${far.stop.seconds.toFixed(1)} s, ${near.stop.seconds.toFixed(1)} s with a small backlog`,
    `memory is      ${grown <= 1 + FLAT_WITHIN ? 'FLAT' : 'NOT FLAT'}: RSS ${grown.toFixed(2)} of that with a small backlog, over the same messages; flat is up to ${1 + FLAT_WITHIN}`,
  ];
}

/** Of ingest, over the last quarter of the messages both runs have taken. */
function rssRatio(near: OverloadRun, far: OverloadRun): number {
  const both = Math.min(near.taken, far.taken);
  const of = ({ seconds }: OverloadRun): number => {
    const ingest = seconds.map((second) => second.ingest);
    return rssWhileTaking(ingest, both * 0.75, both);
  };
  return of(far) / of(near);
}

function sentence(run: OverloadRun): string {
  const { waitingAtBegin, waitingAtEnd, factsPerSecond, ingest } = run;
  return (
    `${perSecond(factsPerSecond)} facts/s, waiting ${perSecond(waitingAtBegin)} -> ${perSecond(waitingAtEnd)}, ` +
    `ingest ${Math.round(ingest.lastQuarter.rss)} MB, at most ${Math.round(ingest.maximumRss)} MB`
  );
}

function memorySentence({ firstQuarter, lastQuarter, maximumRss, rssPerMillionMessages }: MemoryFigures): string {
  const pair = (of: 'rss' | 'heap'): string => `${Math.round(firstQuarter[of])} -> ${Math.round(lastQuarter[of])} MB`;
  return (
    `RSS ${pair('rss')}, heap ${pair('heap')}, at most ${Math.round(maximumRss)} MB, ` +
    `${rssPerMillionMessages.toFixed(0)} MB per million messages`
  );
}

async function inTopic<T>(brokers: string[], topic: string, work: (filler: TopicFiller) => Promise<T>): Promise<T> {
  const tools = await openKafkaTools(brokers);
  const filler = await TopicFiller.open(brokers, topic);
  try {
    await tools.createTopic(topic, PARTITIONS);
    await tools.createTopic(`${topic}.dead`, 1);
    return await work(filler);
  } finally {
    await filler.close();
    await tools.close();
  }
}

async function measure(
  url: string,
  brokers: readonly string[],
  topic: string,
  minutes: number,
  filler: TopicFiller,
  keepWaiting: number | null,
): Promise<OverloadRun> {
  if (keepWaiting !== null) await filler.fillTo(keepWaiting);
  const variables = { DATABASE_URL: url, KAFKA_BROKERS: brokers.join(), KAFKA_TOPICS: topic };
  const waitingAtBegin = filler.messages;
  const projector = startMeasured('projector', variables);
  const ingest = startMeasured('ingest', variables);
  const seconds = await sample(url, { topic, minutes }, { ingest, projector }, async (taken) => {
    if (keepWaiting !== null) await filler.fillTo(taken + keepWaiting);
    return filler.messages - taken;
  });
  const stop = await ingest.stop();
  await projector.stop();
  const last = seconds.at(-1)?.ingest;
  const first = seconds.find(({ ingest: { taken } }) => taken > 0)?.ingest;
  if (last === undefined || first === undefined || last.at === first.at) throw new Error('nothing was taken');
  return {
    waitingAtBegin,
    waitingAtEnd: last.waiting,
    taken: last.taken,
    factsPerSecond: (last.taken - first.taken) / (last.at - first.at),
    ingest: memoryFigures(seconds.map((second) => second.ingest)),
    projector: memoryFigures(seconds.map((second) => second.projector)),
    stop,
    seconds,
  };
}

/** A line a second from the first message taken on, some of them said. `onTaken` is told how many are, and answers how many wait. */
async function sample(
  url: string,
  { topic, minutes }: { readonly topic: string; readonly minutes: number },
  { ingest, projector }: { readonly ingest: MeasuredProcess; readonly projector: MeasuredProcess },
  onTaken: (taken: number) => Promise<number>,
): Promise<OverloadRun['seconds']> {
  const seconds: { ingest: Second; projector: Second }[] = [];
  const startedAt = performance.now();
  let sayAt = 0;
  await withClient(url, async (client) => {
    while (performance.now() - startedAt < minutes * 60_000) {
      await delay(1000);
      const taken = await takenSoFar(client);
      const waiting = await onTaken(taken);
      const at = (performance.now() - startedAt) / 1000;
      if (at >= sayAt) {
        sayAt += SAID_EVERY_SECONDS;
        say(
          `  ${topic} ${at.toFixed(0)} s: ${perSecond(taken)} taken, ${perSecond(waiting)} wait, ${memoryOf(ingest)}`,
        );
      }
      const second = (of: MeasuredProcess): Second => {
        const { rss = 0, heapUsed = 0 } = of.memory() ?? {};
        return { at, taken, waiting, rssMegabytes: rss / 1e6, heapMegabytes: heapUsed / 1e6 };
      };
      if (taken > 0) seconds.push({ ingest: second(ingest), projector: second(projector) });
    }
  });
  return seconds;
}

function memoryOf(ingest: MeasuredProcess): string {
  const memory = ingest.memory();
  if (memory === null) return 'ingest is starting';
  return `ingest RSS ${Math.round(memory.rss / 1e6)} MB, heap ${Math.round(memory.heapUsed / 1e6)} MB`;
}

async function takenSoFar(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ taken: string }>(
    `SELECT coalesce(sum(next), 0) AS taken FROM store.consumer_offset WHERE consumer = 'kafka:retention-ingest'`,
  );
  return Number(rows[0]?.taken ?? 0);
}
