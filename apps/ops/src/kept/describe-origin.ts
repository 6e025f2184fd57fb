import type { Origin } from '@retention/ingestion';

/** Where a message came in, for people. */
export function describeOrigin(origin: Origin): string {
  switch (origin.door) {
    case 'kafka':
      return `${origin.topic}[${origin.partition}]@${origin.offset}`;
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'http':
      return `request ${origin.request}, message ${origin.index}`;
    case 'stream':
      return `stream ${origin.stream}`;
    case 'calendar':
      return `the calendar, by the ${origin.closedBy}`;
    case 'reactor':
      return `${origin.reactor} reactor, ${origin.stream} at ${origin.version}`;
  }
}
