import { parseArgs } from 'node:util';
import { benchDays, daysSummary } from './days.js';
import { benchIngest, ingestSummary } from './ingest.js';
import { describeMachine } from './machine.js';
import { benchOverload, overloadSummary } from './overload.js';
import { benchStores, storesSummary } from './stores.js';

/** `npm run bench -- ingest|days|stores|overload [--customers N] [--years Y] [--rounds R] [--messages N] [--minutes M] [--json]` */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    customers: { type: 'string' },
    years: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '10000000' },
    minutes: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

const BENCHES = {
  ingest: async (customers: number) => {
    const rounds = await benchIngest({ customers, years: Number(values.years ?? 2), rounds: Number(values.rounds) });
    return { figures: { rounds }, lines: ingestSummary(rounds) };
  },
  days: async (customers: number) => {
    const figures = await benchDays({ customers, years: Number(values.years ?? 5) });
    return { figures, lines: daysSummary(figures) };
  },
  stores: async (customers: number) => {
    const rounds = await benchStores({ customers, years: Number(values.years ?? 2), rounds: Number(values.rounds) });
    return { figures: { rounds }, lines: storesSummary(rounds) };
  },
  overload: async () => {
    const figures = await benchOverload({ messages: Number(values.messages), minutes: Number(values.minutes) });
    return { figures, lines: overloadSummary(figures) };
  },
};

const bench = Object.entries(BENCHES).find(([name]) => name === positionals[0])?.[1];
if (bench === undefined) {
  process.stderr.write(`Name a bench: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
const { figures, lines } = await bench(Number(values.customers ?? (positionals[0] === 'stores' ? 5_000 : 20_000)));
const machine = describeMachine();
process.stdout.write(
  values.json ? `${JSON.stringify({ machine, ...figures })}\n` : `${[machine, ...lines].join('\n')}\n`,
);
