import { beforeAll, describe, expect, it } from '@jest/globals';
import { openApiDocument } from './openapi.js';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

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
      'get /v1/customers/{customerId}/ledger',
      'get /v1/customers/{customerId}/timeline',
      'get /v1/tier-distribution',
      'post /v1/facts',
      'get /v1/dead-letters',
      'get /v1/dead-letters/{id}',
      'get /v1/pending-facts',
      'get /v1/status',
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
      expect(Object.keys(responses['200']?.content ?? {})).toEqual(['application/json']);
      const problems = Object.entries(responses).filter(([status]) => status !== '200');
      expect(problems.map(([status]) => status)).toEqual(expect.arrayContaining(['400', '503']));
      for (const [, { content }] of problems) expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
    }
  });

  it('names the parameters of the list of customers', () => {
    const names = document.paths['/v1/customers']?.['get']?.parameters.map(({ name }) => name);
    expect(names?.sort()).toEqual(
      ['branchId', 'cursor', 'hasParkedFacts', 'kind', 'limit', 'officerId', 'pointsMin', 'tier'].sort(),
    );
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
