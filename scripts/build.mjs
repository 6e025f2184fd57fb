import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The workspace's folder, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

export class BuildFailed extends Error {}

const dist = join(root, 'dist');
const lockFile = join(dist, '.build-lock');
const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
const settings = ['tsconfig.json', 'nest-cli.json', '.swcrc'];

// A build takes a few seconds; whoever holds the lock for longer than this hangs, or its process id now means another.
const lockPatienceMs = 120_000;

/**
 * Builds with swc if the build is missing or older than any source, and does nothing otherwise.
 *
 * Prints nothing. Throws BuildFailed with what the compiler said. Two processes may call it at the same time: one
 * builds, the other waits and finds the build done. What a killed build left behind is built again.
 */
export async function ensureBuilt() {
  if (!existsSync(lockFile) && isFresh()) return;
  const { unlock, afterKilledBuild } = await lock();
  try {
    if (isFresh() && !afterKilledBuild) return;
    if (!existsSync(nest))
      throw new BuildFailed('The sources are newer than the build and there is no compiler: run npm ci.');
    const { code, output } = await build();
    removeOutputsWithoutSource();
    if (code !== 0 || !isFresh()) throw new BuildFailed(`The build failed.\n${output}`);
  } finally {
    unlock();
  }
}

/** Whether every source has an output that is not older than it and than the settings, and every output its source. */
function isFresh() {
  const builtFrom = sources();
  const settingsMs = Math.max(...settings.map((file) => statSync(join(root, file)).mtimeMs));
  return (
    builtFrom.length > 0 &&
    builtFrom.every((source) => {
      const output = statSync(outputOf(source), { throwIfNoEntry: false });
      return output !== undefined && output.mtimeMs >= Math.max(settingsMs, statSync(source).mtimeMs);
    }) &&
    outputsWithoutSource(builtFrom).length === 0
  );
}

/** Every TypeScript file that nest-cli.json ships: the projects' sources without specs, their helpers and declarations. */
function sources() {
  const { projects } = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8'));
  return Object.values(projects)
    .flatMap(({ sourceRoot }) => filesBelow(join(root, sourceRoot)))
    .filter((file) => file.endsWith('.ts') && !/\.(spec|spec-support|d)\.ts$/.test(file));
}

function outputOf(source) {
  return join(dist, relative(root, source).replace(/\.ts$/, '.js'));
}

/** A migration that was renamed would otherwise be found, and run, under its old name as well. */
function outputsWithoutSource(builtFrom = sources()) {
  const expected = new Set(builtFrom.map(outputOf));
  return ['apps', 'libs']
    .flatMap((folder) => filesBelow(join(dist, folder)))
    .filter((file) => file.endsWith('.js') && !expected.has(file));
}

function removeOutputsWithoutSource() {
  for (const file of outputsWithoutSource()) rmSync(file);
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function build() {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const compiler = spawn(process.execPath, [nest, 'build', '--all', '-b', 'swc'], { cwd: root });
    compiler.stdout.on('data', (chunk) => chunks.push(chunk));
    compiler.stderr.on('data', (chunk) => chunks.push(chunk));
    compiler.on('error', reject);
    compiler.on('close', (code) => resolve({ code, output: withoutProgress(Buffer.concat(chunks).toString('utf8')) }));
  });
}

function withoutProgress(output) {
  const lines = output.split('\n').filter((line) => !/SWC +Running|^Successfully compiled/.test(line));
  return lines.join('\n').trim();
}

/** Takes the lock, a file that names the process that builds; a lock whose process is gone is taken over. */
async function lock() {
  let afterKilledBuild = false;
  for (const start = Date.now(); ; await sleep(100)) {
    if (createdLock()) return { unlock: () => rmSync(lockFile, { force: true }), afterKilledBuild };
    if (holderIsGone()) {
      rmSync(lockFile, { force: true });
      afterKilledBuild = true;
    } else if (Date.now() - start > lockPatienceMs) {
      throw new BuildFailed(`Another build does not end. If there is none, delete ${lockFile}.`);
    }
  }
}

function createdLock() {
  try {
    mkdirSync(dist, { recursive: true });
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new BuildFailed(`Cannot write the build: ${error.message}`);
  }
}

function holderIsGone() {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
