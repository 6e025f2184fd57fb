import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitBatch } from './batch.js';

function texts(batch: string | Buffer): string[] {
  const elements = splitBatch(Buffer.from(batch));
  if (!Array.isArray(elements)) throw new Error(`${elements.code}: ${elements.reason}`);
  return elements.map((element) => element.toString());
}

describe('a batch', () => {
  it('is cut into the bytes of its events', () => {
    const batch = ' [ {"a":"],[{\\"","b":[1,{"c":2}]} ,\n\t{"d":"\\\\"},{}]\r\n';
    expect(texts(batch)).toEqual(['{"a":"],[{\\"","b":[1,{"c":2}]}', '{"d":"\\\\"}', '{}']);
  });

  it('is the one event when it is an object', () => {
    expect(texts(' {"a":[1,2]}\n')).toEqual(['{"a":[1,2]}\n']);
  });

  it('may be empty', () => {
    expect(texts('[ ]')).toEqual([]);
  });

  it('hands on an element that is no event, for the reader to refuse', () => {
    expect(texts('[1,"x",null,{"a":}]')).toEqual(['1', '"x"', 'null', '{"a":}']);
  });

  it('gives back every array of JSON values', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 2), (values, indent) => {
        const elements = texts(JSON.stringify(values, null, indent));
        expect(elements.map((element) => JSON.parse(element) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  it.each([
    ['no bytes', '', 'empty-message'],
    ['a string', '"x"', 'invalid-json'],
    ['only white space', '  ', 'invalid-json'],
    ['an array that is not closed', '[{},{}', 'invalid-json'],
    ['a string that is not closed', '[{"a":"]', 'invalid-json'],
    ['an element too few', '[{},,{}]', 'invalid-json'],
    ['a comma at the end', '[{},]', 'invalid-json'],
    ['a comma alone', '[,]', 'invalid-json'],
    ['something after the array', '[{}] {}', 'invalid-json'],
    ['a bracket too many', '[{}}]', 'invalid-json'],
    ['a byte order mark', '\ufeff[]', 'invalid-encoding'],
    ['UTF-16', Buffer.from('[{}]', 'utf16le'), 'invalid-encoding'],
  ])('is refused for %s', (_, batch, code) => {
    expect(splitBatch(Buffer.from(batch))).toMatchObject({ kind: 'refusal', code });
  });

  it('has at most 10,000 events', () => {
    const full = `[${'{},'.repeat(9_999)}{}]`;
    expect(texts(full)).toHaveLength(10_000);
    expect(splitBatch(Buffer.from(full.replace(']', ',{}]')))).toMatchObject({ code: 'too-many-elements' });
  });

  it('has no more bytes than its limit', () => {
    expect(splitBatch(Buffer.from('[{},{}]'), { elementsMax: 10, bytesMax: 6 })).toMatchObject({ code: 'too-large' });
  });

  it('takes a million brackets in its stride', () => {
    expect(splitBatch(Buffer.from('['.repeat(1_000_000)))).toMatchObject({ code: 'invalid-json' });
  });
});
