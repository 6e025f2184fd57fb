/** An error as the driver makes of what the server says. */
export interface SqlError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly detail?: string;
}

interface Particulars {
  readonly severity?: 'ERROR' | 'FATAL';
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly detail?: string;
}

export function sqlError(code: string, message: string, particulars: Particulars = {}): SqlError {
  return Object.assign(new Error(message), { code, severity: 'ERROR', ...particulars });
}

/** What the driver says of a connection that is gone: the server had no time to say anything. */
export function connectionLost(): Error {
  return new Error('Connection terminated unexpectedly');
}

/** The simulation does not know the statement: nothing that follows means anything. */
export class UnknownStatement extends Error {
  override readonly name = 'UnknownStatement';
  readonly code = '42601';
  readonly severity = 'ERROR';

  constructor(text: string, reason: string) {
    super(`the simulated PostgreSQL does not know this statement (${reason}):\n${text}`);
  }
}
