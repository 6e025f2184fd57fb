/**
 * Where the time of recording comes from, and the moment at which a person reports something. Other business time never
 * does: it arrives in facts.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

export const systemClock: Clock = Object.freeze({ now: () => Date.now() });
