import { parseArgs } from 'node:util';
import { MUTATIONS } from './mutations.js';
import type { Mutation } from './mutations.js';
import { faultsOf, runSeeds } from './runs.js';

/*
 * `npm run faults:mutations [-- --only NAME] [--seeds N]`: the simulator has to see each of them within so many seeds, and
 * the product has to bear those that say so in all of them.
 */

const SEEDS_MAX = 200;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: String(SEEDS_MAX) },
    first: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
  },
});

interface Seen {
  /** Seeds it took; null = not seen. */
  readonly after: number | null;
  readonly as: string;
}

async function look({ edits }: Mutation): Promise<Seen> {
  let ended = 0;
  let seen: Seen = { after: null, as: 'not seen' };
  await runSeeds({
    first: Number(values.first),
    seeds: Number(values.seeds),
    forMs: Infinity,
    workers: Number(values.workers),
    store: 'memory',
    mutation: JSON.stringify(edits),
    onEnd: (end) => {
      ended += 1;
      const [fault] = faultsOf(end);
      if (fault === undefined || seen.after !== null) return seen.after !== null;
      // A source that no longer holds what is to be changed is no mutation.
      if (fault.includes('mutation: ')) throw new Error(fault);
      seen = { after: ended, as: `seed ${end.seed}: ${fault.split('\n')[0] ?? ''}` };
      return true;
    },
  });
  return seen;
}

let passed = 0;
let failed = 0;
for (const mutation of MUTATIONS.filter(({ name }) => values.only === undefined || name === values.only)) {
  const { after, as } = await look(mutation);
  const isRight = (mutation.isBorne === true) === (after === null);
  if (isRight) passed += 1;
  else failed += 1;
  const how = after === null ? `in none of ${values.seeds} seeds` : `after ${after} seeds`;
  const wish = mutation.isBorne === true ? 'to be borne' : 'to be seen';
  process.stdout.write(`${isRight ? 'right ' : 'WRONG '} ${mutation.name.padEnd(40)} ${wish}, seen ${how}\n`);
  process.stdout.write(`        ${mutation.what}\n        ${as.slice(0, 200)}\n`);
}
process.stdout.write(`${passed} right, ${failed} wrong\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
