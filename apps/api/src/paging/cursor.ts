import { invalidFields } from '@retention/platform';

/** Where a page ended: an id or a version, whatever the list is ordered by. */
export type Place = string | number;

const CURSOR = /^[A-Za-z0-9_-]{1,400}$/;

/** Opaque to clients. It carries the name of its list, so that one list never continues at the place of another. */
export function cursorAfter(list: string, after: Place): string {
  return Buffer.from(JSON.stringify({ list, after })).toString('base64url');
}

/**
 * The place a cursor stands for; null without one.
 * @throws Problem 400 `validation-failed` for anything `cursorAfter` did not make for this list.
 */
export function placeOf<P extends Place>(
  list: string,
  cursor: string | undefined,
  isPlace: (value: unknown) => value is P,
): P | null {
  if (cursor === undefined) return null;
  const after = CURSOR.test(cursor) ? afterOf(Buffer.from(cursor, 'base64url').toString('utf8')) : undefined;
  // Written again it has to be the same text: there is one cursor for each place, and no room for anything beside it.
  if (!isPlace(after) || cursorAfter(list, after) !== cursor) {
    throw invalidFields([{ field: 'cursor', reason: 'cursor must be the nextCursor of a page of this list' }]);
  }
  return after;
}

function afterOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly after?: unknown } | null)?.after;
  } catch {
    return undefined;
  }
}
