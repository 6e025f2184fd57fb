import { runSimulated } from './pipeline/run-simulated.js';
import { withRealPostgres } from './pipeline/run-real.js';
import type { SeedReport } from './pipeline/run-seed.js';

/*
 * One process of a run: takes seeds by line on its standard input, answers each with a line of JSON. It runs one seed at a
 * time, so a crash of the process tells which one it was.
 */

const [store = 'memory'] = process.argv.slice(2);

async function serve(run: (seed: number) => Promise<SeedReport>): Promise<void> {
  let rest = '';
  for await (const chunk of process.stdin) {
    rest += String(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') continue;
      const seed = Number(line);
      const report = await run(seed).catch((error: unknown) => ({ seed, crashed: describe(error) }));
      process.stdout.write(`${JSON.stringify(report)}\n`);
    }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : ` because of ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

if (store === 'postgres') await withRealPostgres(serve);
else await serve(runSimulated);
