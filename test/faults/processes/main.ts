import { openKafkaTools, startKafkaBroker } from '@retention/testing';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { faultsOf, reportLines } from './report.js';
import { runProcesses } from './run-processes.js';

const FAULTS_SHOWN = 20;

/** `npm run faults:processes -- [--facts N] [--kills N] [--seed N] [--json file]` */
const { values } = parseArgs({
  options: {
    facts: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const [facts, kills, seed] = [values.facts, values.kills, values.seed].map(Number) as [number, number, number];
if (![facts, kills, seed].every((value) => Number.isSafeInteger(value) && value > 0)) {
  process.stderr.write('--facts, --kills and --seed are whole numbers above 0.\n');
  process.exit(2);
}

const givenUp = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // The second time at once: what is left then is ended by whoever watches the pipe.
  process.once(name, () => givenUp.abort());
}
const broker = await startKafkaBroker();
const tools = await openKafkaTools(broker.brokers);
try {
  const options = { facts, kills, seed, brokerIsOurs: !process.env['KAFKA_BROKERS'] };
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const report = await runProcesses(options, { broker, tools }, { say, signal: givenUp.signal });
  process.stdout.write(`${reportLines(report).join('\n')}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  const faults = faultsOf(report);
  if (faults.length > 0) {
    process.stderr.write(`${[...faults.slice(0, FAULTS_SHOWN), ...report.verdict.differences].join('\n')}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(
    `${String(error)}\nSeed ${seed}. Again: npm run faults:processes -- --facts ${facts} --kills ${kills} --seed ${seed}\n`,
  );
  process.exitCode = 1;
} finally {
  await tools.close();
  await broker.stop();
}
