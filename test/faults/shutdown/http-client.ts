import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: { readonly type?: string; readonly counts?: Readonly<Record<string, number>> };
}

/** What became of a request: its answer, or the reason why there is none. */
export type Sent = { readonly answer: Answer } | { readonly failure: string };

/** Posts facts over a connection of its own: one that is kept may end just as it is used, which says nothing about the facts. */
export function postFacts(address: string, lines: readonly string[]): Promise<Sent> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-ndjson', connection: 'close' };
    const sending = request(`${address}/v1/facts`, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve({ failure: error.message }));
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'];
        const retryAfter = response.headers['retry-after'];
        resolve({ answer: { status: response.statusCode ?? 0, retryAfter, body } });
      });
    });
    sending.on('error', (error) => resolve({ failure: error.message }));
    sending.end(lines.join('\n'));
  });
}

/** Sends the same again, as a client is asked to, until it is taken. */
export async function postUntilTaken(address: string, lines: readonly string[], withinMs = 30_000): Promise<Answer> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const sent = await postFacts(address, lines);
    if ('answer' in sent && sent.answer.status === 200) return sent.answer;
    if (Date.now() > deadline) throw new Error(`never taken: ${JSON.stringify(sent)}`);
    await delay(50);
  }
}
