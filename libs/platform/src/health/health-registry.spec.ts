import { describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './health-registry.js';

describe('the health of a process', () => {
  it('is up while nobody has a complaint', async () => {
    expect(await new HealthRegistry().readiness()).toEqual({ status: 'up', checks: {} });
  });

  it('is down when one check is, and says which and why', async () => {
    const registry = new HealthRegistry();
    registry.addReadiness('database', () => ({ up: true }));
    registry.addReadiness('projections', () => Promise.resolve({ up: false, details: { lagEvents: 200_000 } }));
    expect(await registry.readiness()).toEqual({
      status: 'down',
      checks: { database: { status: 'up' }, projections: { status: 'down', lagEvents: 200_000 } },
    });
  });

  it('does not call an unready process dead', async () => {
    const registry = new HealthRegistry();
    registry.addReadiness('database', () => ({ up: false }));
    registry.addLiveness('consumer', () => ({ up: true }));
    expect(await registry.liveness()).toEqual({ status: 'up', checks: { consumer: { status: 'up' } } });
  });

  it('counts a check that throws as down, with its code and not its message', async () => {
    const registry = new HealthRegistry();
    const refused = Object.assign(new Error('connect to db-7 as retention refused'), { code: 'ECONNREFUSED' });
    registry.addReadiness('database', () => Promise.reject(refused));
    registry.addReadiness('store', () => {
      throw new TypeError('a secret');
    });
    expect((await registry.readiness()).checks).toEqual({
      database: { status: 'down', reason: 'ECONNREFUSED' },
      store: { status: 'down', reason: 'TypeError' },
    });
  });

  it('does not wait for a check that hangs', async () => {
    const registry = new HealthRegistry(20);
    registry.addReadiness('database', () => new Promise(() => undefined));
    expect((await registry.readiness()).checks).toEqual({
      database: { status: 'down', reason: 'no answer within 20 ms' },
    });
  });

  it('forgets a check that was taken away, and takes no name twice', async () => {
    const registry = new HealthRegistry();
    const remove = registry.addReadiness('kafka', () => ({ up: false }));
    expect(() => registry.addReadiness('kafka', () => ({ up: true }))).toThrow('is there already');
    remove();
    expect((await registry.readiness()).status).toBe('up');
  });
});
