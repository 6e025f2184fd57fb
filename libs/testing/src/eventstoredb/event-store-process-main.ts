import { EventStoreDouble, type EventStoreDoubleOptions } from './event-store-double.js';
import type { DoubleAnswer, DoubleCommand, DoubleRequest } from './event-store-process.js';

/** Runs a double in a process of its own, on the orders of the one that forked it, and ends with it. */
const [options = '{}'] = process.argv.slice(2);
const double = await new EventStoreDouble(JSON.parse(options) as EventStoreDoubleOptions).start();

async function obey(command: DoubleCommand): Promise<unknown> {
  switch (command.order) {
    case 'next':
      double.faults.next(command.target, command.fault, command.stream);
      return undefined;
    case 'randomly':
      double.faults.randomly(command.plan);
      return undefined;
    case 'stop-faults':
      double.faults.stop();
      return undefined;
    case 'fault-counts':
      return double.faults.counts();
    case 'calls':
      return Object.fromEntries(double.calls());
    case 'all':
      return double.all();
    case 'freeze':
      double.freezeAll(command.ms);
      return undefined;
    case 'drop-connections':
      double.dropConnections();
      return undefined;
    case 'restart':
      await double.restart();
      return undefined;
    case 'replicate':
      double.replicate();
      return undefined;
    case 'scavenge':
      double.scavenge();
      return undefined;
    case 'write-system-event':
      double.writeSystemEvent();
      return undefined;
  }
}

process.on('message', (message) => {
  const { id, command } = message as DoubleRequest;
  const send = (answer: DoubleAnswer): void => {
    process.send?.(answer);
  };
  obey(command).then(
    (result) => send({ id, result }),
    (error: unknown) => send({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ id: 0, result: double.url } satisfies DoubleAnswer);
