import { CommandFactory } from 'nest-commander';
import type { ConfigSource } from './config-source.js';
import { OpsModule } from './ops.module.js';
import { exitCodeOf } from './terminal/failure.js';

/** Runs the command that the arguments of the process name, and sets its exit code. */
export async function runOps(loadConfig: ConfigSource): Promise<void> {
  // Whoever reads our output may stop reading (`| head`); every write is told so, and this says it is expected.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const fail = (error: unknown): void => {
    process.exitCode = exitCodeOf(error, (line) => process.stderr.write(`${line}\n`));
  };
  try {
    await CommandFactory.run(OpsModule.register(loadConfig), {
      logger: false,
      abortOnError: false,
      cliName: 'retention',
      errorHandler: (error) => {
        throw error;
      },
      serviceErrorHandler: fail,
    });
  } catch (error) {
    fail(error);
  }
}
