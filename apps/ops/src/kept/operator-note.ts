import { NOTE_BECAUSE_CHARACTERS_MAX, NOTE_BY_CHARACTERS_MAX } from '@retention/ingestion';
import type { OperatorNote } from '@retention/ingestion';
import { userInfo } from 'node:os';
import { UsageError } from '../terminal/failure.js';

/** What is done to kept facts, as it was typed. */
export interface Operation {
  /** Null = the user of the operating system. */
  readonly by: string | null;
  readonly reason: string;
  readonly isDryRun: boolean;
}

/**
 * Who and why, without the blanks around it.
 * @throws UsageError naming the option that is blank, too long or cannot be kept.
 */
export function operatorNote({ by, reason }: Operation): OperatorNote {
  return {
    by: noteText('--by', by ?? userName(), NOTE_BY_CHARACTERS_MAX),
    because: noteText('--reason', reason, NOTE_BECAUSE_CHARACTERS_MAX),
  };
}

function noteText(name: string, text: string, charactersMax: number): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > charactersMax) {
    throw new UsageError(`${name} is not valid; expected 1 to ${charactersMax} characters.`);
  }
  return trimmed;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that nobody has a name for.
    throw new UsageError('--by is needed: your user has no name on this machine.');
  }
}
