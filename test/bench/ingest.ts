import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, perSecond, say, withClient, withServer, writeFeed } from './bench-server.js';
import { median } from './machine.js';

export interface IngestBenchOptions {
  readonly customers: number;
  readonly years: number;
  readonly rounds: number;
}

interface ProcessFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

export interface IngestRound {
  readonly facts: number;
  readonly events: number;
  /** Start of the file until every fact is durable. */
  readonly durableSeconds: number;
  /** Start of the file until every read model has applied everything. */
  readonly levelSeconds: number;
  /** Server-side COPY of the same events into a table with the same indexes, fsync on. */
  readonly copySeconds: number;
  readonly ingest: ProcessFigures;
  readonly projector: ProcessFigures;
}

/**
 * File → durable events and read models, as two processes (ingest, projector), beside a server-side COPY of the very
 * events it wrote into a table with the same indexes, in each round on a fresh database of the same server.
 */
export async function benchIngest(options: IngestBenchOptions): Promise<readonly IngestRound[]> {
  return withServer(async (server, folder) => {
    const feed = join(folder, 'feed.ndjson');
    const facts = await writeFeed(feed, options);
    say(`${facts} messages of ${options.customers} customers, ${Math.round(statSync(feed).size / 1e6)} MB`);
    const rounds: IngestRound[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const url = await freshDatabase(server.url, `bench_${round}`);
      const figures = await oneRound(url, feed, facts);
      say(`round ${round}: ${sentence(figures)}`);
      rounds.push(figures);
    }
    return rounds;
  });
}

/** The figures of all rounds as lines for people; ratios are medians of the rounds' own ratios. */
export function ingestSummary(rounds: readonly IngestRound[]): string[] {
  const of = (figure: (round: IngestRound) => number): number => median(rounds.map(figure));
  return [
    `durable      ${perSecond(of((round) => round.facts / round.durableSeconds))} facts/s, ${of((r) => r.copySeconds / r.durableSeconds).toFixed(2)} of COPY`,
    `read models  ${perSecond(of((round) => round.facts / round.levelSeconds))} facts/s, ${of((r) => r.copySeconds / r.levelSeconds).toFixed(2)} of COPY`,
    `COPY         ${perSecond(of((round) => round.events / round.copySeconds))} events/s (${of((r) => r.events / r.facts).toFixed(2)} events a fact)`,
    `peak memory  ingest ${Math.round(of((r) => r.ingest.peakMegabytes))} MB, projector ${Math.round(of((r) => r.projector.peakMegabytes))} MB`,
    `processor    ingest ${of((r) => (r.ingest.cpuSeconds * 1e6) / r.facts).toFixed(0)} µs a fact, projector ${of((r) => (r.projector.cpuSeconds * 1e6) / r.facts).toFixed(0)} µs a fact`,
  ];
}

function sentence(round: IngestRound): string {
  const { facts, levelSeconds, copySeconds, ingest, projector } = round;
  const memory = `${Math.round(ingest.peakMegabytes)} + ${Math.round(projector.peakMegabytes)} MB`;
  return `${perSecond(facts / levelSeconds)} facts/s, ${(copySeconds / levelSeconds).toFixed(2)} of COPY, ${memory}`;
}

async function oneRound(url: string, feed: string, facts: number): Promise<IngestRound> {
  const figures = await ingestAndFollow(url, feed);
  return { facts, ...figures, ...(await copySame(url)) };
}

/**
 * Ingests the feed by one process while another keeps the read models. `variables` of the processes beside the database;
 * without any the events are kept in PostgreSQL.
 */
export async function ingestAndFollow(
  url: string,
  feed: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Omit<IngestRound, 'facts' | 'events' | 'copySeconds'>> {
  // Before the clock starts: what earlier rounds left to write must not be written in this one.
  await withClient(url, (client) => client.query('CHECKPOINT'));
  const projector = startProcess('projector-process.ts', { DATABASE_URL: url, ...variables }, feed);
  await projector.ready;
  const startedAt = performance.now();
  const ingest = startProcess('ingest-process.ts', { DATABASE_URL: url, ...variables }, feed);
  await ingest.ready;
  const ingestFigures = await ingest.end();
  const durableSeconds = ingestFigures.seconds;
  const waitedSeconds = (performance.now() - startedAt) / 1000 - durableSeconds;
  await level(url);
  const levelSeconds = (performance.now() - startedAt) / 1000 - waitedSeconds;
  const projectorFigures = await projector.end();
  return { durableSeconds, levelSeconds, ingest: ingestFigures, projector: projectorFigures };
}

/** Until the read models have applied the head, asked with the least possible work for the server. */
async function level(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ lag: string }>(
        `SELECT (SELECT sum(head) FROM store.feed_shard) * (SELECT count(DISTINCT projection) FROM projection.checkpoint)
           - (SELECT sum(position) FROM projection.checkpoint) AS lag`,
      );
      if (rows[0]?.lag === '0') return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

async function copySame(url: string): Promise<{ events: number; copySeconds: number }> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    const file = `'${rows[0]?.data_directory ?? ''}/bench.copy'`;
    const { rowCount: events } = await client.query(`COPY store.event TO ${file} (FORMAT binary)`);
    await client.query('CREATE TABLE bench_event (LIKE store.event INCLUDING ALL)');
    await client.query('CHECKPOINT');
    const startedAt = performance.now();
    await client.query(`COPY bench_event FROM ${file} (FORMAT binary)`);
    const copySeconds = (performance.now() - startedAt) / 1000;
    await client.query('DROP TABLE bench_event');
    return { events: events ?? 0, copySeconds };
  });
}

interface BenchProcess {
  /** Resolves when it has started its work. */
  readonly ready: Promise<void>;
  /** Tells it to end when it is done, and resolves with its figures. */
  end(): Promise<ProcessFigures>;
}

function startProcess(script: string, variables: Readonly<Record<string, string>>, feed: string): BenchProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=64', '--import', './test/support/typescript.mjs', path],
    {
      env: { ...process.env, EVENT_STORE: 'postgres', ...variables, BENCH_FEED: feed },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const messages: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  child.on('message', (message) => {
    const next = waiting.shift();
    if (next === undefined) messages.push(message);
    else next(message);
  });
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (messages.length > 0) resolve(messages.shift());
      else waiting.push(resolve);
      child.once('exit', (code) => {
        if (code !== 0) reject(new Error(`${script} ended with ${String(code)}`));
      });
    });
  return {
    ready: next().then(() => undefined),
    end: async () => {
      child.send('end');
      return (await next()) as ProcessFigures;
    },
  };
}
