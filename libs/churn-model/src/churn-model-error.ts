/** Why no model was fitted. */
export type ChurnModelFault =
  /** A history that no customer can have. */
  | 'impossible-history'
  | 'too-few-customers'
  /** Nobody came back, so nothing says how often customers do. */
  | 'no-repeats'
  /** The likelihood goes on growing while a parameter runs to 0 or to infinity: the histories do not hold a best fit. */
  | 'parameter-at-bound'
  | 'not-converged';

export class ChurnModelError extends Error {
  override readonly name = 'ChurnModelError';

  constructor(
    readonly fault: ChurnModelFault,
    message: string,
  ) {
    super(message);
  }
}
