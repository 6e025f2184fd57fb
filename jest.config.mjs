import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const swcrc = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));
delete swcrc.$schema;

const common = {
  rootDir: fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, ''),
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swcrc, swcrc: false, module: { type: 'es6' } }] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@retention/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
};

const isIntegration = '\\.int\\.spec\\.ts$';

// The longest specs over the double of EventStoreDB: three minutes of processor. Those of `npm test` show what it
// does when it misbehaves as well; these are run by `npm run test:eventstoredb`, with everything else of that store.
const ofEventStoreDb = [
  '/eventstoredb/feed-faults\\.int\\.spec\\.ts$',
  '/eventstoredb/writers-faults\\.int\\.spec\\.ts$',
  '/copy-store\\.int\\.spec\\.ts$',
  '/test/e2e/berka-eventstoredb\\.spec\\.ts$',
];
const leftOut = process.env.EVENT_STORE === 'eventstoredb' ? [] : ofEventStoreDb;
if (leftOut.length > 0) {
  process.stderr.write(`Five long specs of EventStoreDB are left out: npm run test:eventstoredb runs them.\n`);
}

export default {
  // Each integration spec owns a database and a pool of connections to the one server of the run; more than two at a
  // time wait for each other on a small machine instead of finishing sooner.
  maxWorkers: 2,
  // Jest reads this here only, not in a project. It is for the integration specs that start servers and kill processes.
  testTimeout: 120_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', isIntegration],
    },
    {
      ...common,
      displayName: 'int',
      testMatch: ['<rootDir>/{apps,libs}/**/*.int.spec.ts', '<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/bench/', ...leftOut],
      globalSetup: '<rootDir>/test/support/servers-global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/servers-global-teardown.mjs',
    },
  ],
};
