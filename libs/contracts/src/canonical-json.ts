import { hash } from 'node:crypto';

/** 16 bytes of SHA-256 are enough to tell 2^60 facts apart, and half the index that 32 bytes would need. */
const KEY_HEX_LENGTH = 32;

/** The first 16 bytes of the SHA-256 of the text in UTF-8, as 32 hex characters. */
export function hashKey(text: string): string {
  return hash('sha256', text, 'hex').slice(0, KEY_HEX_LENGTH);
}

/**
 * JSON without white space and with the keys of every object in code unit order, so that the same content gives the
 * same text whatever the sender's key order.
 *
 * Null when a number is too large for a double (`1e400`): JSON has no other way to write it down again.
 */
export function canonicalJson(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : null;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const element of value as readonly unknown[]) {
      const written = canonicalJson(element);
      if (written === null) return null;
      text += text === '' ? written : `,${written}`;
    }
    return `[${text}]`;
  }
  const record = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record).sort()) {
    const written = canonicalJson(record[key]);
    if (written === null) return null;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${written}`;
  }
  return `{${text}}`;
}
