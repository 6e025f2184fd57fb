import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent } from './recorded-event.js';

/** As many events as the server looks at in one go, when the client does not say. */
const SEARCH_WINDOW = 32;

/** What a subscription to `$all` asks the server to leave out, and how often it wants to hear how far it is. */
export interface EventFilter {
  matches(event: RecordedEvent): boolean;
  /** A checkpoint is due whenever so many events were looked at. */
  readonly checkpointInterval: number;
}

/** Undefined when the request has no filter. */
export function eventFilter(options: streams.ReadReq.Options): EventFilter | undefined {
  const filter = options.getFilter();
  if (filter === undefined) return undefined;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  if (expression === undefined) return undefined;
  const text = filter.hasStreamIdentifier()
    ? (event: RecordedEvent) => event.stream
    : (event: RecordedEvent) => event.type;
  const prefixes = expression.getPrefixList();
  const pattern = expression.getRegex() === '' ? undefined : new RegExp(expression.getRegex());
  const window = filter.hasMax() ? filter.getMax() : SEARCH_WINDOW;
  return {
    matches: (event) =>
      pattern === undefined ? prefixes.some((prefix) => text(event).startsWith(prefix)) : pattern.test(text(event)),
    checkpointInterval: Math.max(1, filter.getCheckpointintervalmultiplier()) * Math.max(1, window),
  };
}
