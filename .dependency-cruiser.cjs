/**
 * Who may import whom. `npm run arrows` fails when an import goes against an arrow.
 *
 * A library that is not in this table may import no other library, so a new one is added here first.
 */
const ARROWS = {
  customer: [],
  'churn-model': ['customer'],
  contracts: ['customer'],
  platform: [],
  'event-store': ['platform'],
  projections: ['event-store', 'platform'],
  ingestion: ['customer', 'contracts', 'event-store', 'platform'],
  'read-models': ['customer', 'projections', 'event-store', 'platform'],
  history: ['customer', 'event-store', 'ingestion'],
  reactors: ['contracts', 'customer', 'ingestion', 'projections', 'event-store', 'platform'],
  runtime: ['contracts', 'customer', 'event-store', 'ingestion', 'platform', 'projections', 'reactors', 'read-models'],
  simulation: [],
};

/** The libraries that hold rules of the trade: they import nothing at all, packages and Node included. */
const DOMAIN_LIBRARIES = ['customer'];

// What the specs of one library share stands beside them as *.spec-support.ts and is not shipped either.
const SPEC = '\\.spec(-support)?\\.ts$';
// A contract that other stores than the library's own are held to as well, such as the simulated one in test/faults.
const SPEC_SUPPORT = '\\.spec-support\\.ts$';
const NOT_SHIPPED = [SPEC, '^libs/testing/', '^test/'];
// Runs outside Jest and takes the one file it needs: a whole library would cost every run a second, and libs/testing holds
// what only Jest can load.
const JEST_SETUP = '^test/(support/[^/]+\\.mjs|bench/(stores|overload)\\.ts)$';
const anyOf = (names) => (names.length === 0 ? '(?!)' : `(${names.join('|')})`);

const libraryArrows = Object.entries(ARROWS).flatMap(([library, targets]) => [
  {
    name: `arrow-${library}`,
    comment: `libs/${library} imports ${targets.length === 0 ? 'no other library' : `only ${targets.join(', ')}`}.`,
    severity: 'error',
    from: { path: `^libs/${library}/`, pathNot: SPEC },
    to: { path: '^(libs|apps|test)/', pathNot: `^libs/${anyOf([library, ...targets])}/` },
  },
  {
    name: `arrow-${library}-spec`,
    comment: `Specs of libs/${library} import what it imports, and libs/testing. What needs more belongs into test/.`,
    severity: 'error',
    from: { path: `^libs/${library}/.*${SPEC}` },
    to: { path: '^(libs|apps|test)/', pathNot: `^libs/${anyOf([library, ...targets, 'testing'])}/` },
  },
]);

module.exports = {
  forbidden: [
    ...libraryArrows,
    {
      name: 'arrow-unlisted-library',
      comment: 'A library without an arrow in .dependency-cruiser.cjs imports no other library: add it to the table.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/', pathNot: `^libs/${anyOf([...Object.keys(ARROWS), 'testing'])}/` },
      to: { path: '^(libs|apps|test)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'domain-imports-nothing',
      comment: 'A domain library imports nothing, neither a package nor Node.',
      severity: 'error',
      from: { path: `^libs/${anyOf(DOMAIN_LIBRARIES)}/`, pathNot: SPEC },
      to: { pathNot: `^libs/${anyOf(DOMAIN_LIBRARIES)}/` },
    },
    {
      name: 'apps-share-libraries-not-each-other',
      comment: 'An app imports libraries and its own files.',
      severity: 'error',
      from: { path: '^apps/(?!standalone/)([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'standalone-composes-modules',
      comment: 'apps/standalone puts the modules of the other apps into one process and takes nothing else from them.',
      severity: 'error',
      from: { path: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: ['^apps/standalone/', '^apps/[^/]+/src/.+\\.module\\.ts$'] },
    },
    {
      name: 'testing-does-not-import-apps',
      comment: 'libs/testing serves every spec, so it knows no app.',
      severity: 'error',
      from: { path: '^libs/testing/' },
      to: { path: '^(apps|test)/' },
    },
    {
      name: 'testing-is-not-shipped',
      comment: 'Only specs and test/ import libs/testing, specs or test/.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: NOT_SHIPPED },
      to: { path: NOT_SHIPPED },
    },
    {
      name: 'specs-are-not-imported',
      comment: 'A spec is a leaf: what two specs share belongs into *.spec-support.ts, libs/testing or test/support.',
      severity: 'error',
      from: {},
      to: { path: '\\.spec\\.ts$' },
    },
    {
      name: 'library-by-its-index-only',
      comment: 'Another library is imported as @retention/<library>, which is its index.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'library-by-its-index-only-from-outside',
      comment: 'A library is imported as @retention/<library>, which is its index.',
      severity: 'error',
      from: { path: '^(apps|test)/', pathNot: JEST_SETUP },
      to: { path: '^libs/', pathNot: ['^libs/[^/]+/src/index\\.ts$', SPEC_SUPPORT] },
    },
    {
      name: 'library-by-its-alias-only',
      comment: 'Another library is imported as @retention/<library>, not by a relative path.',
      severity: 'error',
      from: { path: '^(apps|libs|test)/([^/]+)/', pathNot: JEST_SETUP },
      to: { path: '^libs/', pathNot: ['^$1/$2/', SPEC_SUPPORT], dependencyTypesNot: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and is imported by nothing is dead.',
      severity: 'error',
      // Jest and Node load the set-up files by their names.
      from: {
        orphan: true,
        pathNot: [SPEC, JEST_SETUP, '\\.d\\.ts$'],
      },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'shipped-code-uses-dependencies',
      comment:
        'What is shipped imports only packages of "dependencies": the others are not there after npm ci --omit=dev.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: NOT_SHIPPED },
      to: {
        dependencyTypes: ['npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown', 'undetermined'],
        // A type is gone after the build.
        dependencyTypesNot: ['type-only', 'npm'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
