const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;.*)?$/i;

/** `application/json` or `application/<something>+json`, with or without parameters. */
export function isJsonContentType(text: string): boolean {
  return text === 'application/json' || (text.length <= 256 && JSON_TYPE.test(text));
}
