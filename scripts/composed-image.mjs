import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './build.mjs';

/**
 * The stages of the Dockerfile, by name (the last one's is `image`): what each is made from, and its instructions in order.
 */
export function dockerfileStages() {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const stages = [];
  for (const line of lines) {
    const [word, rest] = [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)];
    if (word === 'FROM') {
      const [from, , name = 'image'] = rest.split(' ');
      stages.push({ name, from, instructions: [] });
    } else {
      stages.at(-1).instructions.push({ word, rest });
    }
  }
  return stages;
}

/** The instructions of a stage after those of the stages it is made from. */
export function instructionsOf(name, stages = dockerfileStages()) {
  const stage = stages.find((one) => one.name === name);
  if (stage === undefined) return [];
  return [...instructionsOf(stage.from, stages), ...stage.instructions];
}

/** What the image's ENV instructions set. */
export function imageEnvironment() {
  const settings = instructionsOf('image').filter(({ word }) => word === 'ENV');
  return Object.fromEntries(settings.flatMap(({ rest }) => rest.split(/ +/)).map((pair) => splitAt(pair, '=')));
}

/** The copies of a stage: out of the stage `from` (null: out of the workspace), `paths` to `target`. */
export function copiesOf(name) {
  return instructionsOf(name)
    .filter(({ word }) => word === 'COPY')
    .map(({ rest }) => {
      const parts = rest.split(/ +/);
      const from = parts[0].startsWith('--from=') ? parts.shift().slice('--from='.length) : null;
      const target = parts.pop();
      const inImage = (path) => (path.startsWith(`${workdir()}/`) ? path.slice(workdir().length + 1) : path);
      return { from, paths: parts.map(inImage), target };
    });
}

export const workdir = () => instructionsOf('image').find(({ word }) => word === 'WORKDIR').rest;

/**
 * Lays out in `folder` what the image's working folder would hold, without an engine: the build is the workspace's own
 * dist/, and the stage of the packages is carried out as the Dockerfile says it.
 */
export function layOutImage(folder) {
  const packages = join(folder, 'packages');
  const image = join(folder, 'image');
  carryOut('packages', packages);
  for (const { from, paths, target } of copiesOf('image')) {
    const source = from === 'packages' ? packages : root;
    for (const path of paths) {
      const to = paths.length > 1 || target.endsWith('/') ? join(image, target, path) : join(image, target);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(source, path), to, { recursive: true, verbatimSymlinks: true });
    }
  }
  rmSync(packages, { recursive: true });
  return image;
}

function carryOut(stage, folder) {
  mkdirSync(folder, { recursive: true });
  for (const { from, paths } of copiesOf(stage)) {
    if (from !== null) throw new Error(`${stage} copies from ${from}: only copies from the workspace are known here`);
    for (const path of paths) cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  for (const { word, rest } of instructionsOf(stage)) {
    if (word !== 'RUN') continue;
    const { status, stderr } = spawnSync('sh', ['-c', rest], { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${rest}\nended with ${status}\n${stderr}`);
  }
}

/** The size of a folder in megabytes, and the files changed since a moment. */
export function filesOf(folder, sinceMs = Infinity) {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  let bytes = 0;
  const changed = [];
  for (const file of files) {
    const { size, ctimeMs } = statSync(file);
    bytes += size;
    if (ctimeMs > sinceMs) changed.push(file);
  }
  return { megabytes: Math.round(bytes / 1_000_000), changed };
}

/** Whether .dockerignore lets the path into the build: the last rule that fits decides. */
export function isInContext(path) {
  let isIn = true;
  for (const line of readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')) {
    const rule = line.trim();
    if (rule === '' || rule.startsWith('#')) continue;
    const pattern = rule
      .replace(/^!/, '')
      .split('**/')
      .map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]*'))
      .join('(?:.*/)?');
    if (new RegExp(`^${pattern}(?:/|$)`).test(path)) isIn = rule.startsWith('!');
  }
  return isIn;
}

export const isInWorkspace = (path) => existsSync(join(root, path));

function splitAt(text, separator) {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
