import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { cursorAfter, type Place } from './cursor.js';
import { WholeNumber } from './whole-number.js';

/** A page of the widest list takes 100 KB, and a walk over a million customers 5,000 requests. */
const PAGE_ITEMS_MAX = 200;
const PAGE_ITEMS = 50;

/** How a list is read page by page. */
export class PageRequest {
  @WholeNumber({ min: 1, max: PAGE_ITEMS_MAX, standard: PAGE_ITEMS, description: 'Most items on the page.' })
  limit: number = PAGE_ITEMS;

  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before; without it the list begins.' })
  @IsOptional()
  @IsString()
  cursor?: string;
}

/** For routes that take no query parameters: what is sent all the same is refused, not ignored. */
@ApiSchema({ description: 'No parameters.' })
export class NoParameters {}

export class NextPage {
  @ApiProperty({ type: String, nullable: true, description: 'Asks for the next page; null on the last one.' })
  nextCursor!: string | null;
}

export interface PageOf<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** A page of at most `limit` items, from rows that were read with one more than that. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  list: string,
  of: { readonly item: (row: Row) => Item; readonly place: (row: Row) => Place },
): PageOf<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? cursorAfter(list, of.place(last)) : null;
  return { items: shown.map((row) => of.item(row)), nextCursor };
}
