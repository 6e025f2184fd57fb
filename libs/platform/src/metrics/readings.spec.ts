import { beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { Readings } from './readings.js';

describe('figures that are read at a scrape', () => {
  let metrics: Registry;
  let asked: number;
  let answer: () => Promise<Record<string, number>>;

  beforeEach(() => {
    metrics = new Registry();
    asked = 0;
    answer = () => Promise.resolve({ customers: 3, ledger: 4 });
  });

  function addLag(readings: Readings): void {
    readings.add({
      name: 'lag',
      read: () => {
        asked += 1;
        return answer();
      },
      gauges: [
        {
          name: 'lag_events',
          help: 'x',
          labels: ['projection'],
          figures: (lags) => Object.entries(lags).map(([projection, value]) => ({ labels: { projection }, value })),
        },
        { name: 'lag_projections', help: 'x', figures: (lags) => [{ value: Object.keys(lags).length }] },
      ],
    });
  }

  /** The samples of a scrape, without help and types. */
  async function scraped(): Promise<string[]> {
    return (await metrics.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  it('are read once for all gauges that show them', async () => {
    addLag(new Readings(metrics));
    expect(await scraped()).toEqual([
      'retention_reading_up{reading="lag"} 1',
      'lag_events{projection="customers"} 3',
      'lag_events{projection="ledger"} 4',
      'lag_projections 2',
    ]);
    expect(asked).toBe(1);
    await scraped();
    expect(asked).toBe(2);
  });

  it('lose what is no longer there', async () => {
    addLag(new Readings(metrics));
    await scraped();
    answer = () => Promise.resolve({ ledger: 1 });
    expect(await scraped()).toEqual([
      'retention_reading_up{reading="lag"} 1',
      'lag_events{projection="ledger"} 1',
      'lag_projections 1',
    ]);
  });

  it('are absent where they could not be read, which is said, and the other readings are there', async () => {
    const readings = new Readings(metrics);
    addLag(readings);
    readings.add({
      name: 'other',
      read: () => Promise.resolve(9),
      gauges: [{ name: 'other_figure', help: 'x', figures: (value) => [{ value }] }],
    });
    await scraped();
    answer = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect(await scraped()).toEqual([
      'retention_reading_up{reading="lag"} 0',
      'retention_reading_up{reading="other"} 1',
      'other_figure 9',
    ]);
    answer = () => Promise.resolve({ ledger: 1 });
    expect(await scraped()).toContain('retention_reading_up{reading="lag"} 1');
  });

  it('are absent where the answer does not come, and what hangs is not asked again', async () => {
    addLag(new Readings(metrics, 10));
    let give: (lags: Record<string, number>) => void = () => undefined;
    answer = () => new Promise((resolve) => (give = resolve));
    expect(await scraped()).toEqual(['retention_reading_up{reading="lag"} 0']);
    expect(await scraped()).toEqual(['retention_reading_up{reading="lag"} 0']);
    expect(asked).toBe(1);
    give({ ledger: 1 });
    answer = () => Promise.resolve({ ledger: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await scraped()).toContain('lag_events{projection="ledger"} 2');
    expect(asked).toBe(2);
  });
});
