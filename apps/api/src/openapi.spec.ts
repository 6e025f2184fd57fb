import { beforeAll, describe, expect, it } from '@jest/globals';
import { openApiDocument } from './openapi.js';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: object };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

/** What people report of a customer. */
const REPORTS = [
  'churn-reasons',
  'contacts',
  'complaints',
  'complaints/{complaintId}/answer',
  'complaints/{complaintId}/resolution',
  'surveys',
  'points',
  'assignments',
  'gifts/{referredId}/handover',
];

let document: Document;
beforeAll(async () => {
  document = (await openApiDocument()) as Document;
});

function operations(): (Operation & { readonly at: string })[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, at: `${method} ${path}` })),
  );
}

describe('the OpenAPI document', () => {
  it('has every route of version 1 and no other', () => {
    expect(operations().map(({ at }) => at)).toEqual([
      'get /v1/customers',
      'get /v1/customers/{customerId}',
      'get /v1/customers/{customerId}/standing',
      'get /v1/customers/{customerId}/ledger',
      'get /v1/customers/{customerId}/timeline',
      'get /v1/tier-distribution',
      'get /v1/dead-letters',
      'get /v1/dead-letters/{id}',
      'post /v1/dead-letters/{id}/requeue',
      'post /v1/dead-letters/{id}/discard',
      'get /v1/pending-facts',
      'get /v1/parked-customers',
      'post /v1/parked-customers/{customerId}/retry',
      'get /v1/parked-streams',
      'post /v1/parked-streams/{projection}/{streamId}/retry',
      'get /v1/status',
      'post /v1/facts',
      ...REPORTS.map((path) => `post /v1/customers/{customerId}/${path}`),
      'get /v1/policies',
      'get /v1/policies/in-force',
      'get /v1/policies/{version}',
    ]);
  });

  it('is the same every time it is made', async () => {
    expect(JSON.stringify(await openApiDocument())).toBe(JSON.stringify(document));
  });

  it('says of every route what it is for, what it answers, and how it says no', () => {
    for (const { at, operationId, summary, responses } of operations()) {
      expect({ at, operationId, summary }).toEqual({
        at,
        operationId: expect.stringMatching(/^[a-zA-Z]+$/),
        summary: expect.stringMatching(/./),
      });
      expect(responses).toHaveProperty('200');
      const isSuccess = ([status]: readonly [string, unknown]): boolean => status < '300';
      for (const [, { content }] of Object.entries(responses).filter(isSuccess)) {
        expect(Object.keys(content ?? {})).toEqual(['application/json']);
      }
      const problems = Object.entries(responses).filter((response) => !isSuccess(response));
      expect(problems.map(([status]) => status)).toEqual(expect.arrayContaining(['400', '503']));
      for (const [, { content }] of problems) expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
    }
  });

  it('names the parameters of the list of customers', () => {
    const names = document.paths['/v1/customers']?.['get']?.parameters.map(({ name }) => name);
    expect(names?.sort()).toEqual([
      'branchId',
      'churnKind',
      'cursor',
      'hasParkedFacts',
      'kind',
      'limit',
      'officerId',
      'phase',
      'pointsMin',
      'reasonUnknown',
      'state',
      'tier',
      'warningLevel',
    ]);
  });

  it.each(REPORTS)('says of the report %s what has to be sent, from the contract', (path) => {
    const operation = document.paths[`/v1/customers/{customerId}/${path}`]?.['post'];
    const [key] = operation?.parameters.filter((parameter) => parameter.in === 'header') ?? [];
    expect(key).toMatchObject({ name: 'Idempotency-Key', required: true });
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '201', '409', '422', '429']),
    );
    const name = /#\/components\/schemas\/(\w+)/.exec(JSON.stringify(operation?.requestBody))?.[1] ?? '';
    const body = document.components.schemas[name] as { required: string[]; properties: Record<string, object> };
    expect(body.required).toContain('by');
    expect(body.properties).toHaveProperty('occurredAt');
    const days = Object.entries(body.properties).filter(([field]) => /.On$|^on$/.test(field));
    expect(days.map(([, schema]) => schema)).toEqual([
      expect.objectContaining({ type: 'string', format: 'date', pattern: expect.stringMatching(/^\^\(19/) }),
    ]);
    expect(body.required).toContain(days[0]?.[0]);
  });

  it('lists the media types of facts', () => {
    expect(Object.keys(document.paths['/v1/facts']?.['post']?.requestBody?.content ?? {})).toEqual([
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
      'application/x-ndjson',
    ]);
  });

  it('refers to nothing it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });
});
