import { describeParameters, resolveParameters, simulateLines } from '@retention/simulation';
import type { LenderParameters, ResolvedParameters } from '@retention/simulation';
import { UsageError } from '../terminal/failure.js';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { writePieces } from '../terminal/write-pieces.js';

const PIECE_CHARACTERS = 64 * 1024;

/** Writes the lender's messages, one a line, after saying beside them what they are made with. */
export async function runSimulation(chosen: LenderParameters, out: string | null, output: Output): Promise<void> {
  const parameters = resolved(chosen);
  for (const line of describeParameters(parameters)) output.say(line);
  let messages = 0;
  const count = (): void => void (messages += 1);
  await interruptible((signal) => writePieces(pieces(chosen, count), out, signal));
  if (out === null) return;
  await output.result({ file: out, messages, parameters }, () => [`${messages} messages in ${out}`]);
}

function resolved(chosen: LenderParameters): ResolvedParameters {
  try {
    return resolveParameters(chosen);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

function* pieces(chosen: LenderParameters, count: () => void): Generator<string> {
  let piece = '';
  for (const line of simulateLines(chosen)) {
    count();
    piece += `${line}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
