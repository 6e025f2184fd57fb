import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

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

/** JavaScript of a TypeScript source. */
export function compile(filename, source) {
  const options = { ...swcrc, swcrc: false, filename, sourceMaps: 'inline', module: { type: 'es6' } };
  return transformSync(source, options).code;
}
