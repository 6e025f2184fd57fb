// `node --import ./test/support/typescript.mjs script.ts` runs TypeScript from the sources.
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
