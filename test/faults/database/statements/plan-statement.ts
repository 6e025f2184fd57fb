import { compileStatement } from '../sql/compile-statement.js';
import type { DefinitionOf } from '../sql/environment.js';
import { NotUnderstood } from '../sql/not-understood.js';
import type { Run } from '../sql/plan.js';
import { UnknownStatement } from '../sql-error.js';
import { CREATED } from './created.js';
import { FEED } from './feed.js';
import { INCARNATION } from './incarnation.js';
import { squeezed } from './known.js';
import { MOVES } from './moves.js';
import { PARKED } from './parked.js';
import { PROJECTIONS } from './projections.js';
import { RAISED } from './raised.js';
import { WAITING_ROOM } from './waiting-room.js';

/** Statements with joins, which are known by their text. */
const KNOWN = [...CREATED, ...RAISED, ...INCARNATION, ...MOVES, ...FEED, ...WAITING_ROOM, ...PARKED, ...PROJECTIONS];

/**
 * Makes a statement ready: one of those known by their text, or whatever the simulated part of SQL can say.
 * @throws UnknownStatement
 */
export function planStatement(text: string, definitionOf: DefinitionOf): Run {
  const squeezedText = squeezed(text);
  for (const { match } of KNOWN) {
    const run = match(squeezedText);
    if (run !== null) return run;
  }
  try {
    return compileStatement(squeezedText, definitionOf);
  } catch (error) {
    if (error instanceof NotUnderstood) throw new UnknownStatement(text, error.message);
    throw error;
  }
}
