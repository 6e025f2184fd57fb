import { Kafka, logLevel } from 'kafkajs';

/** One more than the last offset of each partition. */
export async function logEnds(brokers: readonly string[], topic: string): Promise<Map<number, number>> {
  const kafka = new Kafka({ clientId: 'faults', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  } finally {
    await admin.disconnect();
  }
}
