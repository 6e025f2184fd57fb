import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type EventLog, oldestReadable } from './event-log.js';
import type { ReadAnswer } from './read-answer.js';
import { contentOf, type RecordedEvent } from './recorded-event.js';

/** Type of an event that only points to another, as `revision@stream`. */
const LINK = '$>';

/** How an event is answered: as it is, or as what it links to. A link to what is gone comes with the link alone. */
export function answerFor(log: EventLog, event: RecordedEvent, resolvesLinks: boolean): ReadAnswer {
  if (!resolvesLinks || event.type !== LINK) return event.answer;
  const answer = streams.ReadResp.deserializeBinary(event.answer);
  const read = answer.getEvent();
  read?.setLink(read.getEvent());
  const target = targetOf(log, event);
  read?.setEvent(
    target === undefined ? undefined : streams.ReadResp.deserializeBinary(target.answer).getEvent()?.getEvent(),
  );
  return answer;
}

function targetOf(log: EventLog, link: RecordedEvent): RecordedEvent | undefined {
  const [revision, stream] = Buffer.from(contentOf(link).data).toString('utf8').split(/@(.*)/s);
  const state = stream === undefined || log.isTombstoned(stream) ? undefined : log.stream(stream);
  return state === undefined || Number(revision) < oldestReadable(state)
    ? undefined
    : state.events[Number(revision) - state.oldest];
}
