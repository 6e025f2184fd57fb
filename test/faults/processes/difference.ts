import { canonicalState } from '@retention/customer';
import { fold, streamOf } from '@retention/ingestion';
import type { Runtime } from '@retention/runtime';

const EVENTS_MAX = 100_000;

/** What the two stores hold of a customer, where it is not the same: members of the state, then both streams. */
export async function describeDifference(found: Runtime, expected: Runtime, customerId: string): Promise<string> {
  const [one, other] = [await read(found, customerId), await read(expected, customerId)];
  const names = [...new Set([...Object.keys(one.state), ...Object.keys(other.state)])];
  const members = names.flatMap((name) => {
    const [is, shouldBe] = [JSON.stringify(one.state[name]), JSON.stringify(other.state[name])];
    return is === shouldBe ? [] : [`${name} is ${is}\n${' '.repeat(name.length)} not ${shouldBe}`];
  });
  return [customerId, ...members, 'Its stream:', ...one.events, 'In the quiet run:', ...other.events].join('\n  ');
}

async function read(
  { store }: Runtime,
  customerId: string,
): Promise<{ state: Record<string, unknown>; events: string[] }> {
  const events = await store.readStream(streamOf(customerId), 0, EVENTS_MAX);
  const { state } = fold(customerId, { snapshot: null, events });
  return {
    state: JSON.parse(canonicalState(state)) as Record<string, unknown>,
    events: events.map(
      ({ version, payload, recordedAt }) => `${version} ${new Date(recordedAt).toISOString()} ${payload}`,
    ),
  };
}
