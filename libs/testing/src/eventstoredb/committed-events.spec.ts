import { describe, expect, it } from '@jest/globals';
import { CommittedEvents } from './committed-events.js';

describe('the ids a server remembers', () => {
  it('are forgotten oldest first when there are too many', () => {
    const remembered = new CommittedEvents(3 * (28 + 2));
    for (const [revision, id] of ['a', 'b', 'c', 'd'].entries()) remembered.remember(id, 's', revision);
    expect(['a', 'b', 'c', 'd'].map((id) => remembered.revisionOf(id, 's'))).toEqual([undefined, 1, 2, 3]);
  });

  it('hold for the stream they were written to, and the latest write counts', () => {
    const remembered = new CommittedEvents();
    remembered.remember('a', 's', 0);
    expect(remembered.revisionOf('a', 'other')).toBeUndefined();
    remembered.remember('a', 's', 7);
    expect(remembered.revisionOf('a', 's')).toBe(7);
  });

  it('are about 70,000 for streams with names of 45 letters', () => {
    const remembered = new CommittedEvents();
    const stream = 's'.repeat(45);
    for (let revision = 0; revision < 100_000; revision += 1) remembered.remember(String(revision), stream, revision);
    expect(remembered.revisionOf('25000', stream)).toBeUndefined();
    expect(remembered.revisionOf('35000', stream)).toBe(35_000);
  });
});
