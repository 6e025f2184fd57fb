import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export const KAFKA_VERSION = '4.3.1';

const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const DOWNLOAD_TIMEOUT_MS = 300_000;
const LOCK_POLL_MS = 200;

const run = promisify(execFile);

/** The folder outside the tree that keeps what is fetched once per machine. */
function cacheFolder(): string {
  const { RETENTION_CACHE, XDG_CACHE_HOME } = process.env;
  if (RETENTION_CACHE) return RETENTION_CACHE;
  return join(XDG_CACHE_HOME ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'retention');
}

/** True when the jars of this version are already on the machine, so that Maven is not needed. */
export function kafkaJarsAreCached(): boolean {
  return existsSync(join(cacheFolder(), `kafka-${KAFKA_VERSION}`));
}

/**
 * The folder with the jars of Apache Kafka, fetched by Maven when this machine does not have them yet (44 MB).
 * Callers in several processes at once fetch once: the others wait.
 */
export async function kafkaJars(): Promise<string> {
  const home = join(cacheFolder(), `kafka-${KAFKA_VERSION}`);
  if (existsSync(home)) return home;
  await mkdir(cacheFolder(), { recursive: true });
  const lock = `${home}.lock`;
  const deadline = Date.now() + DOWNLOAD_TIMEOUT_MS;
  while (!(await taken(lock))) {
    if (existsSync(home)) return home;
    if (Date.now() > deadline) throw new Error(`${lock} is held by another process for too long: remove it`);
    await pause(LOCK_POLL_MS);
  }
  try {
    if (!existsSync(home)) await fetchInto(home);
    return home;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Takes the lock folder, also from an owner that is no longer alive. */
async function taken(lock: string): Promise<boolean> {
  const owner = join(lock, 'pid');
  try {
    await mkdir(lock);
    await writeFile(owner, String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // The owner writes its number just after it made the folder: an unreadable number is not yet a dead owner.
  const pid = Number(await readFile(owner, 'utf8').catch(() => ''));
  if (pid > 0 && !isAlive(pid)) await rm(lock, { recursive: true, force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function fetchInto(home: string): Promise<void> {
  const work = await mkdtemp(`${home}.partial-`);
  try {
    await writeFile(join(work, 'pom.xml'), POM);
    const output = join(work, 'lib');
    await run('mvn', ['-q', '-B', COPY_DEPENDENCIES, `-DoutputDirectory=${output}`, '-DincludeScope=runtime'], {
      cwd: work,
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
    // The name appears with all of its jars or not at all, even when the process dies on the way.
    await rename(output, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const POM = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>retention</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
