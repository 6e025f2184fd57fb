/**
 * Keys whose values never reach a log, at any depth, whatever their case and however their words are joined. `body` is here
 * because a request's body is full of the others.
 */
const PERSONAL = new Set([
  ...['name', 'customername', 'phone', 'address', 'birthdate', 'email', 'body', 'rawbody'],
  ...['authorization', 'cookie', 'setcookie', 'password', 'token', 'secret'],
]);

const REDACTED = '[redacted]';
const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
const CAUSES_MAX = 5;

/** A copy of what is to be logged, without personal data and secrets; `keep` names the keys that have serializers. */
export function redact(entry: object, keep: ReadonlySet<string> = new Set()): Record<string, unknown> {
  return redactObject(entry, keep, 0);
}

/**
 * Type, message, stack, code and causes of an error, and nothing else: a driver's error carries the statement's parameters
 * and a `detail` with the row that was refused.
 */
export function errorForLog(error: unknown, causes = CAUSES_MAX): unknown {
  if (!isError(error)) return redactValue(error, 0);
  const { name, message, stack, code, cause } = error;
  return {
    type: name,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined || causes === 0 ? {} : { cause: errorForLog(cause, causes - 1) }),
  };
}

function redactObject(value: object, keep: ReadonlySet<string>, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (keep.has(key)) copy[key] = inner;
    else if (PERSONAL.has(key.toLowerCase().replace(/[_-]/g, ''))) copy[key] = REDACTED;
    else copy[key] = redactValue(inner, depth + 1);
  }
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isError(value)) return errorForLog(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value;
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => redactValue(item, depth + 1));
  return redactObject(value, new Set(), depth);
}

function isError(value: unknown): value is Error & { code?: unknown } {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value && 'name' in value;
}
