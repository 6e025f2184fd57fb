import type { Environment } from './environment.js';

export interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly rowCount: number | null;
}

/** A statement made ready: everything but the values. */
export type Run = (environment: Environment) => Answer | Promise<Answer>;
