import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs a command beside a watcher that reads the pipe from the test process. When that process is gone, however it
 * went, the pipe ends and the watcher kills the command: no JVM outlives its spec.
 */
const WATCHED = `
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
echo "$child"
( read -r _ <&3; kill -KILL "$child" ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

/** How long a SIGTERM may take before SIGKILL follows. */
const END_TIMEOUT_MS = 10_000;
const ERROR_TAIL_CHARACTERS = 4_000;

export interface ChildJvm {
  /** The end of what the JVM wrote to stderr, for the message of a failed start. */
  errors(): string;
  hasEnded(): boolean;
  /** Sends the signal and waits until the JVM is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts `java` with these arguments. */
export async function startJvm(args: readonly string[]): Promise<ChildJvm> {
  const shell = spawn('sh', ['-c', WATCHED, 'watched', 'java', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-ERROR_TAIL_CHARACTERS);
  });
  let ended = false;
  const end = new Promise<void>((resolve) => {
    shell.once('close', () => {
      ended = true;
      resolve();
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    shell.once('error', reject);
    createInterface(shell.stdout).once('line', (line) => resolve(Number(line)));
  });
  const send = (signal: 'SIGTERM' | 'SIGKILL') => {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone already.
    }
  };
  return {
    errors: () => errors,
    hasEnded: () => ended,
    async end(signal) {
      if (ended) return;
      send(signal);
      await Promise.race([end, pause(END_TIMEOUT_MS, undefined, { ref: false })]);
      send('SIGKILL');
      await end;
    },
  };
}
