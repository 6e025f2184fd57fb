import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { describeWithKafka } from './kafka-for-spec.js';

describeWithKafka('a broker of its own for a spec', (kafka) => {
  const kept = `kept-${randomUUID()}`;
  const twice = `twice-${randomUUID()}`;

  it('keeps every acknowledged message over a kill and a restart', async () => {
    await kafka.tools.createTopic(kept, 3);
    const messages = Array.from({ length: 5_000 }, (_, n) => ({ key: `k${n % 7}`, value: `v${n}` }));
    await kafka.tools.produce(kept, messages);
    if (!process.env['KAFKA_BROKERS']) {
      await kafka.broker.kill();
      await kafka.broker.restart();
    }
    await kafka.tools.produce(kept, [{ key: 'late', value: 'one more' }]);

    const read = await kafka.tools.readAll(kept);

    expect(new Set(read.map(({ value }) => String(value))).size).toBe(5_001);
    expect(read).toHaveLength(5_001);
  });

  it('creates a topic again under the name of a deleted one, empty', async () => {
    await kafka.tools.createTopic(twice, 1);
    await kafka.tools.produce(twice, [{ value: 'of the first life' }]);
    await kafka.tools.deleteTopic(twice);
    await kafka.tools.createTopic(twice, 2);

    expect(await kafka.tools.readAll(twice)).toEqual([]);
  });
});
