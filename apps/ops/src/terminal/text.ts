const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;

/**
 * The text with what a terminal would obey or not show written out: a message from outside must not move the cursor, or turn
 * what stands beside it around.
 */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** At most so many characters, the last an ellipsis when something is left out. */
export function shortened(text: string, charactersMax: number): string {
  const characters = Array.from(text);
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax - 1).join('')}…`;
}

/** Columns side by side, the last one as long as it is. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [header, ...rows].map((cells) => cells.map(printable));
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.map((cells) =>
    cells.map((cell, column) => cell.padEnd(column === header.length - 1 ? 0 : (widths[column] ?? 0))).join('  '),
  );
}
