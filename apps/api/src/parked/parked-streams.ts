import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { customerOf } from '@retention/ingestion';
import { type ParkedStream, parkedStreams } from '@retention/projections';
import { Problem } from '@retention/platform';
import { readModels } from '@retention/read-models';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { STREAM_NOT_PARKED } from '../operations/operation-request.js';
import { placeOf } from '../paging/cursor.js';
import { NextPage, pageOf, type PageRequest } from '../paging/page.js';

const LIST = 'parked-streams';
const STREAM_ID = /^[\w.:-]{1,100}$/;
/** The name of a read model holds no blank, nor does that of a stream. */
const PLACE = new RegExp(`^([a-z-]{1,40}) (${STREAM_ID.source.slice(1, -1)})$`);

/** A stream a read model stands still on: what came after the event it could not apply does not show. */
export class ParkedStreamLine {
  @ApiProperty({ example: 'ledger' })
  projection!: string;

  @ApiProperty({ example: 'customer-C2873' })
  streamId!: string;

  @ApiProperty({ type: String, nullable: true, example: 'C2873', description: 'Whose stream it is.' })
  customerId!: string | null;

  @ApiProperty({ type: 'integer' })
  shard!: number;

  @ApiProperty({ type: 'integer', description: 'Of the event that could not be applied, in the feed of the shard.' })
  position!: number;

  @ApiProperty()
  error!: string;

  @ApiProperty({ format: 'date-time' })
  since!: string;
}

export class ParkedStreamsPage extends NextPage {
  @ApiProperty({ type: [ParkedStreamLine], description: 'By the name of the read model, then of the stream.' })
  items!: ParkedStreamLine[];
}

export class ListParkedStreams extends Query<ParkedStreamsPage> {
  constructor(readonly request: PageRequest) {
    super();
  }
}

@QueryHandler(ListParkedStreams)
export class ListParkedStreamsHandler implements IQueryHandler<ListParkedStreams, ParkedStreamsPage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ request: { limit, cursor } }: ListParkedStreams): Promise<ParkedStreamsPage> {
    const [, projection, streamId] = PLACE.exec(placeOf(LIST, cursor, isPlace) ?? '') ?? [];
    const after = projection === undefined || streamId === undefined ? null : { projection, streamId };
    const rows = await parkedStreams(this.runtime.database, readModels(), { after, limit: limit + 1 });
    return pageOf(rows, limit, LIST, { item: parkedStreamLine, place: (row) => `${row.projection} ${row.streamId}` });
  }
}

function parkedStreamLine(stream: ParkedStream): ParkedStreamLine {
  const { projection, streamId, shard, position, error, since } = stream;
  const customerId = customerOf(streamId);
  return { projection, streamId, customerId, shard, position, error, since: since.toISOString() };
}

function isPlace(value: unknown): value is string {
  return typeof value === 'string' && PLACE.test(value);
}

/** No stream can have another name: such a path leads nowhere, and never to the database. */
@Injectable()
export class StreamIdPipe implements PipeTransform<string, string> {
  transform(streamId: string): string {
    if (!STREAM_ID.test(streamId)) throw new Problem(STREAM_NOT_PARKED);
    return streamId;
  }
}
