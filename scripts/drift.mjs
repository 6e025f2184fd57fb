/**
 * Makes again, from the built product, what the tree keeps of it, and compares: `node scripts/drift.mjs [--write]`.
 *
 * Without --write it fails when something differs and says where; with it, it writes what can be written. A migration is
 * written by a person, so a schema that differs from the entities fails either way.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ensureBuilt, root } from './build.mjs';
import { withPostgres } from './postgres.mjs';

const writes = process.argv.includes('--write');
// Enough to see what happened; the whole difference is what --write and the version control are for.
const shownLinesMax = 12;

const parts = {
  'event schemas': eventSchemas,
  'AsyncAPI document': asyncApi,
  'policy schema': policySchema,
  'policy numbers': policyNumbers,
  'OpenAPI document': openApi,
  migrations,
  'configuration table': configurationTable,
  'demo feed': demoFeed,
  'fault catalogue': faultCatalogue,
};

const built = (path) => import(`../dist/${path}`);
const json = (document) => `${JSON.stringify(document, null, 2)}\n`;

async function eventSchemas() {
  const { decisionSchemas, upstreamSchemas } = await built('libs/contracts/src/index.js');
  const schemas = Object.entries({ ...upstreamSchemas(), ...decisionSchemas() }).map(([name, schema]) => [
    `${name}.schema.json`,
    schema,
  ]);
  const names = new Set(schemas.map(([name]) => name));
  const superfluous = schemaFiles().filter((name) => !names.has(name));
  return [
    ...schemas.flatMap(([name, schema]) => compareFile(`docs/events/${name}`, json(schema))),
    ...superfluous.flatMap((name) => compareFile(`docs/events/${name}`, undefined)),
  ];
}

function schemaFiles() {
  const folder = join(root, 'docs', 'events');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.schema.json')) : [];
}

async function asyncApi() {
  const { asyncApiDocument } = await built('libs/contracts/src/index.js');
  return compareFile('docs/events/asyncapi.json', json(asyncApiDocument()));
}

async function openApi() {
  const { openApiDocument } = await built('apps/api/src/openapi.js');
  return compareFile('docs/api/openapi.json', json(await openApiDocument()));
}

async function migrations() {
  const { schemaDifferences } = await built('apps/ops/src/schema-drift.js');
  const statements = await withPostgres(async ({ freshDatabase }) => schemaDifferences(await freshDatabase('drift')));
  if (statements.length === 0) return [];
  return ['the entities differ from what the migrations make; a migration would have to say:', ...statements];
}

async function policySchema() {
  const { policySchema: schema } = await built('libs/contracts/src/index.js');
  return compareFile('docs/policy/policy.schema.json', json(schema()));
}

async function policyNumbers() {
  const { policyNumbers: numbers } = await built('libs/contracts/src/index.js');
  const shown = (value) =>
    value === undefined ? '' : `\`${Array.isArray(value) ? value.join(', ') : inline(value)}\``;
  const inline = (value) => (value?.amount === undefined ? String(value) : `${value.amount} ${value.currency}`);
  const rows = numbers().map(({ path, standard, demand, says }) => [`\`${path}\``, shown(standard), demand, says]);
  return compareTable('docs/policy/README.md', 'numbers', ['key', 'default', 'must be', 'meaning'], rows);
}

async function configurationTable() {
  const { configurationTable: table } = await built('libs/platform/src/index.js');
  const rows = table().map(({ name, default: standard, meaning }) => {
    return [`\`${name}\``, standard === '' ? '' : `\`${standard}\``, meaning];
  });
  return compareTable('README.md', 'configuration', ['variable', 'default', 'meaning'], rows);
}

/** The differences of a table between two marks of a page from what it should hold. */
function compareTable(path, mark, header, rows) {
  const [opening, closing] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const page = readFileSync(join(root, path), 'utf8');
  const [start, end] = [page.indexOf(opening), page.indexOf(closing)];
  if (start < 0 || end < start) return [`${path} has no ${opening} … ${closing}`];
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return compareFile(path, `${page.slice(0, start + opening.length)}\n\n${lines.join('\n')}\n\n${page.slice(end)}`);
}

async function demoFeed() {
  const { DEMO_PARAMETERS } = await built('apps/standalone/src/demo-feed.js');
  const { simulateLines } = await built('libs/simulation/src/index.js');
  const path = 'apps/standalone/demo/feed.ndjson.gz';
  const file = join(root, path);
  const expected = [...simulateLines(DEMO_PARAMETERS)].map((line) => `${line}\n`).join('');
  // Compression differs between versions of zlib, so what is compared is what was compressed.
  const actual = existsSync(file) ? gunzipSync(readFileSync(file)).toString('utf8') : undefined;
  const differences = compare(path, actual, expected);
  if (differences.length > 0) write(file, gzipSync(expected, { level: 9 }));
  return written(differences);
}

/** The one part that is not made from the built product: the catalogue stands beside the tests it names. */
function faultCatalogue() {
  const write = `process.stdout.write((await import('./test/faults/cases/catalogue.ts')).cataloguePage())`;
  const parameters = ['--import', './test/support/typescript.mjs', '--input-type=module', '--eval', write];
  return compareFile(
    'docs/reliability-cases.md',
    execFileSync(process.execPath, parameters, { cwd: root, encoding: 'utf8' }),
  );
}

/** The differences of a file from what it should hold, nothing when it should not exist; none left if they are written. */
function compareFile(path, expected) {
  const file = join(root, path);
  const differences = compare(path, existsSync(file) ? readFileSync(file, 'utf8') : undefined, expected);
  if (differences.length > 0) write(file, expected);
  return written(differences);
}

function write(file, content) {
  if (!writes) return;
  if (content === undefined) return rmSync(file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function written(differences) {
  if (!writes || differences.length === 0) return differences;
  console.log(`wrote   ${differences[0].split(' ')[0]}`);
  return [];
}

function compare(path, actual, expected) {
  if (actual === expected) return [];
  if (actual === undefined) return [`${path} is missing`];
  if (expected === undefined) return [`${path} is left over`];
  const [before, after] = [actual.split('\n'), expected.split('\n')];
  let first = 0;
  while (before[first] === after[first]) first += 1;
  let same = 0;
  const rest = Math.min(before.length, after.length) - first;
  while (same < rest && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  return [
    `${path} from line ${first + 1}`,
    ...marked('-', before.slice(first, before.length - same)),
    ...marked('+', after.slice(first, after.length - same)),
  ];
}

function marked(sign, lines) {
  const shown = lines.slice(0, shownLinesMax).map((line) => `${sign} ${line.slice(0, 160)}`);
  return lines.length > shownLinesMax ? [...shown, `${sign} … ${lines.length - shownLinesMax} more lines`] : shown;
}

await ensureBuilt();
let failed = 0;
for (const [name, differencesOf] of Object.entries(parts)) {
  try {
    const differences = await differencesOf();
    console.log(`${differences.length === 0 ? 'ok      ' : 'DIFFERS '}${name}`);
    for (const line of differences) console.log(`        ${line}`);
    if (differences.length > 0) failed += 1;
  } catch (error) {
    console.log(`FAILED  ${name}: ${error.message}`);
    failed += 1;
  }
}
if (failed > 0 && !writes) console.log('`npm run generate` writes what can be written.');
console.log(`${Object.keys(parts).length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
