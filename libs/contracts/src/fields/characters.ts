/** A set of ASCII characters as a table by code, for checks that run on every message. */
export type CharacterSet = Uint8Array;

const TABLE_SIZE = 128;

export function characterSet(accepts: RegExp): CharacterSet {
  return Uint8Array.from({ length: TABLE_SIZE }, (_, code) => (accepts.test(String.fromCharCode(code)) ? 1 : 0));
}

/** Whether the text has `1..lengthMax` characters, all of them of the set. */
export function consistsOf(set: CharacterSet, text: string, lengthMax: number): boolean {
  const length = text.length;
  if (length === 0 || length > lengthMax) return false;
  for (let index = 0; index < length; index++) {
    // Beyond the table is undefined, which is not 1 either.
    if (set[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}
