/** What an error says, also of one that is no `Error` of this realm (Node's own are not, inside Jest). */
export function reasonOf(error: unknown): string {
  const { message } = Object(error) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
