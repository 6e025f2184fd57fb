import type { Reply } from './group-protocol.js';
import type { FetchAnswer } from './log-protocol.js';

/** Calls back once, at the next change; what it returns takes that back. */
type OnChange = (changed: () => void) => () => void;

export interface Poll {
  /** Whether there is something to read or to refuse. */
  readonly hasNews: () => boolean;
  /** Throws what the fetch is refused with. */
  readonly read: () => FetchAnswer;
  readonly onChange: OnChange;
  readonly waitMs: number;
  readonly slowMs: number;
}

/** Answers a fetch when there is news, or with nothing after the time its client gives. */
export function longPoll(reply: Reply<FetchAnswer>, { hasNews, read, onChange, waitMs, slowMs }: Poll): void {
  const found = read();
  if (hasNews()) {
    if (slowMs > 0) reply.giveLater(slowMs, () => found);
    else reply.give(found);
    return;
  }
  let stopListening = (): void => undefined;
  const stopWaiting = reply.giveLater(waitMs, () => {
    stopListening();
    return found;
  });
  const listen = (): void => {
    stopListening = onChange(() => {
      if (!hasNews()) {
        listen();
        return;
      }
      stopWaiting();
      try {
        reply.give(read());
      } catch (error) {
        reply.refuse(error as Error);
      }
    });
  };
  listen();
}
