/** Longer keys than any that is known; comparing them would cost time for nothing. */
const KEY_LENGTH_MAX = 64;

/** The known key that was probably meant, or null when none looks like it. Case, hyphens and underscores do not count. */
export function nearestKey(key: string, known: readonly string[]): string | null {
  if (key.length > KEY_LENGTH_MAX) return null;
  const letters = lettersOf(key);
  let nearest: string | null = null;
  // A third of the letters may be wrong: `gracePeriodDays` is not taken for `graceDays`, `gracDay` is.
  let distanceMax = Math.ceil(letters.length / 3);
  for (const name of known) {
    const distance = editDistance(letters, lettersOf(name));
    if (distance > distanceMax) continue;
    nearest = name;
    distanceMax = distance - 1;
  }
  return nearest;
}

function lettersOf(key: string): string {
  return key.toLowerCase().replace(/[-_ ]/g, '');
}

/** Letters to insert, delete or replace until one text is the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let line = 1; line <= one.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (one[line - 1] === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
