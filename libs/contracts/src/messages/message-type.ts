import type { BusinessDay, Fact } from '@retention/customer';
import type { Declaration } from '../fields/field-rule.js';

/** What every fact has from its envelope. */
export interface Occurrence {
  readonly factId: string;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  /** The business day the envelope's time falls on. */
  readonly businessDay: () => BusinessDay;
}

/** A fact before its unknown fields are added, while its optional fields are being filled in. */
export type Draft<F extends Fact> = { -readonly [K in keyof F]: F[K] };

/** One message of the contract: its name, its declaration, what it means to the domain, and a good example. */
export interface MessageType<M extends object = object> {
  readonly type: string;
  readonly title: string;
  readonly declaration: Declaration<M>;
  /** `none` for the calendar; `required` where neither data nor a loan could tell and the subject has to. */
  readonly customer: 'data-or-subject' | 'required' | 'none';
  /** Whether it carries name, phone, address or birth date. */
  readonly hasPersonalData?: boolean;
  /** Data of a good message. */
  readonly example: Readonly<Record<string, unknown>>;
  readonly toFact: (message: M, occurrence: Occurrence) => Fact;
}

/**
 * Declares a message. The reader calls `toFact` only with values that passed the declaration of the same message, which
 * is what makes it safe to forget `M` here and keep all messages in one table.
 */
export function messageType<M extends object>(message: MessageType<M>): MessageType {
  return message as unknown as MessageType;
}

/** Copies an optional value into the fact, unless the message left it out or said null. */
export function keep<F extends object, K extends keyof F>(fact: F, key: K, value: F[K] | null | undefined): void {
  if (value !== undefined && value !== null) fact[key] = value;
}
