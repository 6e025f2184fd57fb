import { describe, expect, it } from '@jest/globals';
import type { Problem } from '@retention/platform';
import { carriesFacts, factsOf } from './facts-body.js';

function parts(mediaType: string, body: string | Buffer): string[] {
  const request = { headers: { 'content-type': mediaType }, body: Buffer.from(body) };
  return factsOf(request).map((bytes) => bytes.toString());
}

function problemOf(mediaType: string, body: string | Buffer): unknown {
  try {
    return parts(mediaType, body);
  } catch (error) {
    return (error as Problem).details;
  }
}

describe('the body of a request with facts', () => {
  it.each([
    ['a single fact', 'application/cloudevents+json', '{"id":"1"}', ['{"id":"1"}']],
    ['an array where a single fact is announced', 'application/cloudevents+json', '[{}]', ['[{}]']],
    ['a batch', 'application/cloudevents-batch+json', '[{"id":"1"}, {"id":"2"}]', ['{"id":"1"}', '{"id":"2"}']],
    ['an empty batch', 'application/cloudevents-batch+json', '[]', []],
    ['plain JSON with one', 'application/json; charset=utf-8', '{"id":"1"}', ['{"id":"1"}']],
    ['plain JSON with two', 'Application/JSON', '[{"id":"1"},7]', ['{"id":"1"}', '7']],
    ['lines', 'application/x-ndjson', '{"id":"1"}\n{"id":"2"}', ['{"id":"1"}', '{"id":"2"}']],
    ['lines that end and are empty in between', 'application/x-ndjson', '\n{}\r\n \t\r\n\n7\n', ['{}\r', '7']],
  ])('is taken apart: %s', (_, mediaType, body, expected) => {
    expect(parts(mediaType, body)).toEqual(expected);
  });

  it.each([
    ['no bytes', 'application/json', '', 400, 'empty-message'],
    ['no lines', 'application/x-ndjson', '\n \n', 400, 'empty-message'],
    ['no JSON', 'application/json', 'facts', 400, 'invalid-json'],
    ['an array that is not closed', 'application/json', '[{}', 400, 'invalid-json'],
    ['something after the array', 'application/json', '[{}] []', 400, 'invalid-json'],
    ['UTF-16', 'application/json; charset=utf-16', Buffer.from('[{}]', 'utf16le'), 400, 'invalid-encoding'],
    ['10,001 elements', 'application/json', `[${'{},'.repeat(10_000)}{}]`, 413, 'too-many-elements'],
    ['10,001 lines', 'application/x-ndjson', '{}\n'.repeat(10_001), 413, 'too-many-elements'],
    ['another media type', 'text/csv', 'a,b', 415, 'unsupported-media-type'],
  ])('is refused as a whole for %s', (_, mediaType, body, status, slug) => {
    expect(problemOf(mediaType, body)).toMatchObject({ type: `/problems/${slug}`, status });
  });

  it('takes exactly 10,000', () => {
    expect(parts('application/x-ndjson', '{}\n'.repeat(10_000))).toHaveLength(10_000);
    expect(parts('application/json', `[${'{},'.repeat(9_999)}{}]`)).toHaveLength(10_000);
  });
});

describe('what is kept as bytes', () => {
  it.each([
    ['/v1/facts', 'application/json', true],
    ['/V1/facts/?dry=1', 'application/x-ndjson', true],
    ['/v1/facts', 'text/plain', false],
    ['/v1/factsheet', 'application/json', false],
    ['/v1/customers', 'application/json', false],
  ])('of %s with %s: %s', (url, mediaType, isKept) => {
    expect(carriesFacts({ url, headers: { 'content-type': mediaType } })).toBe(isKept);
  });
});
