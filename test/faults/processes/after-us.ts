import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Reads what there is from a pipe of the test process. When that process is gone, however it went, the pipe ends: then
 * every process is ended and every folder removed that it has not taken back.
 */
const WATCHER = `
running=' '
folders=' '
while read -r word what signal; do
  case $word in
    runs) running="$running$what:$signal " ;;
    gone) running=$(printf %s "$running" | sed "s/ $what:[A-Z]* / /") ;;
    folder) folders="$folders$what " ;;
  esac
done
for one in $running; do kill -s "\${one#*:}" "\${one%:*}" 2>/dev/null; done
sleep 1
for one in $running; do kill -s KILL "\${one%:*}" 2>/dev/null; done
for one in $folders; do rm -rf "$one"; done
`;

/** Leaves nothing behind, also when the test process is killed or Jest ends it in the middle of a spec. */
export class AfterUs {
  private readonly watcher: ChildProcess;

  constructor() {
    // In a group of its own: Ctrl-C strikes the whole group of the terminal.
    this.watcher = spawn('sh', ['-c', WATCHER], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.watcher.on('error', () => undefined);
    this.watcher.stdin?.on('error', () => undefined);
    this.watcher.unref();
    (this.watcher.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }

  /** To be ended with the signal unless it is said to be `gone` before. */
  runs(pid: number | undefined, signal: 'KILL' | 'QUIT'): void {
    if (pid !== undefined) this.watcher.stdin?.write(`runs ${pid} ${signal}\n`);
  }

  gone(pid: number | undefined): void {
    if (pid !== undefined) this.watcher.stdin?.write(`gone ${pid}\n`);
  }

  /** A temporary folder, without spaces in its path. */
  folder(path: string): void {
    this.watcher.stdin?.write(`folder ${path}\n`);
  }

  /** Nothing is left to be ended. What is still known is ended now. */
  end(): void {
    this.watcher.stdin?.end();
  }
}
