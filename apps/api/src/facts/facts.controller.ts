import { LIMITS } from '@retention/contracts';
import { Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { ApiProblems } from '../documentation/problem-answers.js';
import { WriteAdmission } from '../operations/write-admission.js';
import { NoParameters } from '../paging/page.js';
import { FACT_BATCH, FACT_LINES, factsOf, PLAIN_JSON, SINGLE_FACT } from './facts-body.js';
import { FactsAnswer, FactsDoor } from './take-facts.js';

const DESCRIPTION = `One CloudEvent, a JSON array of at most 10,000, or one a line; at most 10 MB, also with
\`Content-Encoding: gzip\`. All facts of a request become durable together before the answer is sent, and the answer says
of each what became of it. **The status is 200 even when some or all of them are refused**: look at \`counts\`. Sending
the same again is always safe: what is known already is a \`duplicate\` and has no effect. The facts are described in the
AsyncAPI document.`;

const CLOUD_EVENT = {
  type: 'object' as const,
  description: 'A CloudEvent 1.0 in structured mode.',
  required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
  additionalProperties: true,
};
const CLOUD_EVENTS = { type: 'array' as const, maxItems: LIMITS.batchElements, items: CLOUD_EVENT };

@ApiTags('facts')
@Controller({ path: 'facts', version: '1' })
export class FactsController {
  constructor(
    private readonly door: FactsDoor,
    private readonly admission: WriteAdmission,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'takeFacts',
    summary: 'Takes facts in, and says of each what became of it',
    description: DESCRIPTION.replaceAll('\n', ' '),
    requestBody: {
      required: true,
      content: {
        [SINGLE_FACT]: { schema: CLOUD_EVENT },
        [FACT_BATCH]: { schema: CLOUD_EVENTS },
        [PLAIN_JSON]: { schema: { oneOf: [CLOUD_EVENT, CLOUD_EVENTS] } },
        [FACT_LINES]: { schema: { type: 'string', description: 'A CloudEvent a line.' } },
      },
    },
  })
  @ApiOkResponse({ type: FactsAnswer, description: 'The facts are durable; some may be refused.' })
  @ApiProblems(400, 413, 415, 429, 503)
  take(@Req() request: Request & { readonly id: string }, @Query() _: NoParameters): Promise<FactsAnswer> {
    const facts = factsOf(request);
    this.admission.countFacts(request, facts.length);
    return this.door.take(facts, request.id);
  }
}
