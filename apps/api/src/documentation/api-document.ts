import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const DESCRIPTION = `Facts of the loan system go in, and what followed from them comes out: points, tiers and benefits of
customers, each with the facts and the policy version behind it.

Lists are read page by page: follow \`nextCursor\` until it is null. Times are RFC 3339 in UTC, business days are
\`YYYY-MM-DD\` in the business time zone, amounts are decimal strings. Read models follow the facts within moments; the
timeline is read from the event store itself. Answers other than success are application/problem+json.`;

/** The OpenAPI document of version 1: the routes with `ApiProblems`, without probes, metrics and the page itself. */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const description = DESCRIPTION.replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
  const config = new DocumentBuilder().setTitle('Retention').setDescription(description).setVersion('1').build();
  return SwaggerModule.createDocument(app, config, { onlyIncludeDecoratedEndpoints: true });
}
