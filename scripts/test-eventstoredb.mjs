import { spawnSync } from 'node:child_process';

/**
 * `npm run test:eventstoredb`: the contract of the event store and the Berka feed end to end, with events kept in
 * EventStoreDB: in the server EVENTSTORE_URL names (23.10 or newer), else in the double of its protocol. Each run uses
 * streams of its own and leaves them there. `-- --all` runs every suite of the product that way.
 */
const { EVENTSTORE_URL: url } = process.env;
const PATTERNS = ['libs/event-store', 'apps/ops/src/copy-store', 'test/e2e/berka'];

process.stderr.write(
  url
    ? `Events are kept in the EventStoreDB at ${url.replace(/\/\/[^@/]*@/, '//…@')}.\n`
    : 'EVENTSTORE_URL is not set: a DOUBLE of EventStoreDB takes its place, no real server takes part.\n',
);
const given = process.argv.slice(2);
const isAll = given[0] === '--all';
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    ...(isAll ? given.slice(1) : [...given, '--testPathPatterns', ...PATTERNS]),
  ],
  { stdio: 'inherit', env: { ...process.env, EVENT_STORE: 'eventstoredb' } },
);
process.exitCode = status ?? 1;
