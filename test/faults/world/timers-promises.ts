/** Stands in for node:timers/promises where the product runs in a world: the timers are the world's. */

interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly ref?: boolean | undefined;
}

function aborted(signal: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}

export function setTimeout<T>(delayMs?: number, value?: T, { signal }: WaitOptions = {}): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(aborted(signal));
      return;
    }
    const give = (): void => {
      globalThis.clearTimeout(timer);
      if (signal !== undefined) reject(aborted(signal));
    };
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener('abort', give);
      resolve(value);
    }, delayMs);
    signal?.addEventListener('abort', give, { once: true });
  });
}
