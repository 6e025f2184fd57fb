/** Who does something to kept facts, and why: recorded for ever with what was done. */
export interface OperatorNote {
  /** A name by which the person is known; neither blank nor longer than `NOTE_BY_CHARACTERS_MAX`. */
  readonly by: string;
  /** The reason in a sentence; neither blank nor longer than `NOTE_BECAUSE_CHARACTERS_MAX`. */
  readonly because: string;
}

/** As long as the subject of a login may be. */
export const NOTE_BY_CHARACTERS_MAX = 200;
/** A paragraph: what takes more belongs into a ticket, whose number fits. */
export const NOTE_BECAUSE_CHARACTERS_MAX = 2000;

/** The note lacks something; the message says what in one line. Nothing was done. */
export class OperatorNoteRefused extends Error {
  override readonly name = 'OperatorNoteRefused';
  constructor(
    readonly field: keyof OperatorNote,
    reason: string,
  ) {
    super(`${field} ${reason}`);
  }
}

/**
 * The note without the blanks around it.
 * @throws OperatorNoteRefused when a field is blank, too long or cannot be stored.
 */
export function checkedNote({ by, because }: OperatorNote): OperatorNote {
  return {
    by: checked('by', by, NOTE_BY_CHARACTERS_MAX),
    because: checked('because', because, NOTE_BECAUSE_CHARACTERS_MAX),
  };
}

function checked(field: keyof OperatorNote, given: string, charactersMax: number): string {
  const text = given.trim();
  if (text === '') throw new OperatorNoteRefused(field, 'is blank: say who does it and why');
  if (text.length > charactersMax) throw new OperatorNoteRefused(field, `is longer than ${charactersMax} characters`);
  if (text.includes('\u0000')) throw new OperatorNoteRefused(field, 'holds a NUL character');
  return text;
}
