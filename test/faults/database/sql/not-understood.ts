/** The statement goes beyond the part of SQL that is simulated. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}
