import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from '../support/typescript-loader.mjs';

// What the product imports, and what it gets instead.
const STAND_INS = {
  'node:timers/promises': './world/timers-promises.ts',
  kafkajs: './kafka/kafkajs.ts',
};

const ROOT = new URL('../../', import.meta.url).href;
const isProduct = (url) => url?.startsWith(`${ROOT}libs/`) || url?.startsWith(`${ROOT}apps/`);

/** `{ "file", "find", "replace" }[]`, each to be found exactly once. */
const mutation = JSON.parse(process.env.FAULTS_MUTATION ?? '[]');

export function resolve(specifier, context, next) {
  const standIn = STAND_INS[specifier];
  if (standIn !== undefined && isProduct(context.parentURL)) {
    return { url: new URL(standIn, import.meta.url).href, shortCircuit: true };
  }
  return next(specifier, context);
}

export function load(url, context, next) {
  const edits = mutation.filter(({ file }) => url === new URL(file, ROOT).href);
  if (edits.length === 0) return next(url, context);
  const filename = fileURLToPath(url);
  let source = readFileSync(filename, 'utf8');
  for (const { file, find, replace } of edits) {
    const places = source.split(find).length - 1;
    if (places !== 1) throw new Error(`mutation: ${JSON.stringify(find)} is found ${places} times in ${file}`);
    source = source.replace(find, () => replace);
  }
  return { format: 'module', source: compile(filename, source), shortCircuit: true };
}
