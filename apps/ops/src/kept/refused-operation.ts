import { OpsFailure } from '../terminal/failure.js';

/** By name: what the library refuses to do, with a message for a person. */
const REFUSALS = new Set([
  'UnknownDeadLetter',
  'DeadLetterAlreadyResolved',
  'DeadLetterWithoutMessage',
  'CustomerNotParked',
  'StreamNotParked',
]);

/** Does it, and makes a sentence of its refusal. */
export async function operate<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof Error) || !REFUSALS.has(error.name)) throw error;
    throw new OpsFailure(sentence(error.message), { cause: error });
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
