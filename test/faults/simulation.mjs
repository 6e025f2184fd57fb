// `node --import ./test/support/typescript.mjs --import ./test/faults/simulation.mjs script.ts` runs the sources with the
// simulated world in place of timers and Kafka's client, and with one mutation of the sources where one is asked for.
import { register } from 'node:module';

register('./simulation-loader.mjs', import.meta.url);
