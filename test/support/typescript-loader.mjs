import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Node's module hooks that let a plain script run the sources without a build: for child processes that a test kills, and
// for Jest's global set-up, which Jest does not transform.
const swcrc = JSON.parse(readFileSync(new URL('../../.swcrc', import.meta.url), 'utf8'));
delete swcrc.$schema;
swcrc.jsc.externalHelpers = false;

export function resolve(specifier, context, next) {
  const library = /^@retention\/([^/]+)$/.exec(specifier)?.[1];
  if (library !== undefined) {
    return { url: new URL(`../../libs/${library}/src/index.ts`, import.meta.url).href, shortCircuit: true };
  }
  const isSource = context.parentURL?.endsWith('.ts') && specifier.startsWith('.') && specifier.endsWith('.js');
  return next(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

export function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  return { format: 'module', source: compile(filename, readFileSync(filename, 'utf8')), shortCircuit: true };
}

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/typescript-sources/', import.meta.url));
const require = createRequire(import.meta.url);
const compiler = JSON.stringify([swcrc, require('@swc/core/package.json').version]);

/** JavaScript of a TypeScript source. What was compiled is kept: a test run starts some hundred processes of the same sources. */
export function compile(filename, source) {
  const name = createHash('sha256').update(`${compiler}\n${filename}\n${source}`).digest('hex');
  try {
    return readFileSync(`${KEPT}${name}.js`, 'utf8');
  } catch {
    const options = { ...swcrc, swcrc: false, filename, sourceMaps: 'inline', module: { type: 'es6' } };
    const { code } = require('@swc/core').transformSync(source, options);
    keep(name, code);
    return code;
  }
}

function keep(name, code) {
  try {
    mkdirSync(KEPT, { recursive: true });
    // Another process may be reading it.
    const unfinished = `${KEPT}${name}.${process.pid}`;
    writeFileSync(unfinished, code);
    renameSync(unfinished, `${KEPT}${name}.js`);
  } catch {
    // A folder that cannot be written costs time, and nothing else.
  }
}
