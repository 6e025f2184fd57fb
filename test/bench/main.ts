import { parseArgs } from 'node:util';
import { benchIngest, ingestSummary } from './ingest.js';
import { describeMachine } from './machine.js';

/** `npm run bench -- ingest [--customers N] [--years Y] [--rounds R] [--json]` */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    customers: { type: 'string', default: '20000' },
    years: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

const [name] = positionals;
if (name !== 'ingest') {
  process.stderr.write('Name a bench: ingest\n');
  process.exit(2);
}
const rounds = await benchIngest({
  customers: Number(values.customers),
  years: Number(values.years),
  rounds: Number(values.rounds),
});
const machine = describeMachine();
process.stdout.write(
  values.json ? `${JSON.stringify({ machine, rounds })}\n` : `${[machine, ...ingestSummary(rounds)].join('\n')}\n`,
);
