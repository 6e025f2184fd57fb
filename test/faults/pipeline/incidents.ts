import { skewClock } from '../world/virtual-time.js';
import type { Random } from '../world/random.js';
import type { DatabaseServer } from '../world/database-server.js';
import type { World } from '../world/world.js';
import { GROUP, TOPIC } from './apps.js';
import type { Brokers } from './brokers.js';
import type { FaultCounts } from './fault-counts.js';
import type { Fleet, Slot } from './fleet.js';

export interface Scene {
  readonly world: World;
  readonly random: Random;
  readonly fleet: Fleet;
  readonly database: DatabaseServer;
  readonly brokers: Brokers;
  readonly counts: FaultCounts;
  /** Offsets of the loan system's topic the product has stored, by partition. */
  readonly takenUpTo: () => Promise<ReadonlyMap<number, number>>;
  /** Fills all read models anew while everything goes on. */
  readonly rebuild: () => void;
}

interface Incident {
  readonly name: string;
  readonly weight: number;
  /** False = it could not happen now. */
  readonly happen: (scene: Scene) => boolean;
}

const FREEZE_MS_MAX = 25_000;

const INCIDENTS: readonly Incident[] = [
  { name: 'kill -9 of an ingest process', weight: 4, happen: (scene) => kill(scene, 'ingest') },
  { name: 'kill -9 of a projector', weight: 4, happen: (scene) => kill(scene, 'projector') },
  { name: 'kill -9 of an api', weight: 2, happen: (scene) => kill(scene, 'api') },
  { name: 'SIGTERM', weight: 3, happen: stopSomebody },
  { name: 'frozen past the session and woken', weight: 3, happen: freezeSomebody },
  { name: 'another ingest process joins', weight: 1, happen: joinGroup },
  { name: 'an ingest process leaves for good', weight: 1, happen: leaveGroup },
  { name: 'database stopped at once', weight: 1, happen: stopDatabase },
  { name: 'backend terminated', weight: 3, happen: terminateBackend },
  { name: 'brokers down', weight: 1.5, happen: stopBrokers },
  { name: 'session expired', weight: 2, happen: expireSession },
  { name: 'coordinator moved', weight: 2, happen: ({ brokers }) => done(() => brokers.moveCoordinator()) },
  {
    name: 'committed offsets forgotten',
    weight: 1,
    happen: ({ brokers }) => done(() => brokers.forgetCommitted(GROUP)),
  },
  { name: 'answers to producers lost', weight: 2, happen: loseAnswers },
  { name: 'producers refused', weight: 2, happen: refuseProducers },
  {
    name: 'marker in the log',
    weight: 2,
    happen: ({ brokers, random }) =>
      onPartition(brokers, random, (partition) => brokers.appendMarker(TOPIC, partition)),
  },
  { name: 'retention removes what was taken', weight: 1, happen: removeTaken },
  { name: 'partitions added', weight: 0.3, happen: addPartitions },
  { name: 'fetches of another size and pace', weight: 2, happen: paceFetches },
  { name: 'clock of a process jumps', weight: 1, happen: jumpClock },
  { name: 'read models rebuilt during traffic', weight: 1, happen: ({ rebuild }) => done(rebuild) },
];

/** Lets one incident happen, drawn by weight. False when none fits now. */
export function happen(scene: Scene): boolean {
  const total = INCIDENTS.reduce((sum, { weight }) => sum + weight, 0);
  let drawn = scene.random.next() * total;
  for (const { name, weight, happen: take } of INCIDENTS) {
    drawn -= weight;
    if (drawn >= 0) continue;
    if (!take(scene)) return false;
    scene.counts.add(name);
    return true;
  }
  return false;
}

function done(action: () => void): true {
  action();
  return true;
}

function somebody(scene: Scene, kind?: Slot['kind']): ReturnType<Fleet['running']>[number] | null {
  const running = scene.fleet.running(kind);
  return running.length === 0 ? null : scene.random.pick(running);
}

function kill(scene: Scene, kind: Slot['kind']): boolean {
  const slot = somebody(scene, kind);
  if (slot === null) return false;
  scene.fleet.kill(slot);
  return true;
}

function stopSomebody(scene: Scene): boolean {
  const slot = somebody(scene);
  if (slot === null) return false;
  scene.fleet.stop(slot);
  return true;
}

function freezeSomebody(scene: Scene): boolean {
  const slot = somebody(scene);
  if (slot === null) return false;
  const { process } = slot;
  scene.world.freeze(process);
  scene.world.schedule(scene.random.whole(500, FREEZE_MS_MAX), null, () => scene.world.wake(process));
  return true;
}

const INGEST_MAX = 4;

function joinGroup({ fleet }: Scene): boolean {
  if (fleet.slots.filter(({ kind, isWanted }) => kind === 'ingest' && isWanted).length >= INGEST_MAX) return false;
  fleet.add('ingest', 0);
  return true;
}

function leaveGroup(scene: Scene): boolean {
  const { fleet } = scene;
  if (fleet.slots.filter(({ kind, isWanted }) => kind === 'ingest' && isWanted).length <= 1) return false;
  const slot = somebody(scene, 'ingest');
  if (slot === null) return false;
  fleet.close(slot);
  return true;
}

function stopDatabase({ world, database, random }: Scene): boolean {
  void database.crash();
  world.schedule(random.whole(100, 5000), null, () => void database.start());
  return true;
}

function terminateBackend({ database, random }: Scene): boolean {
  void database.terminate(random.whole(0, 999));
  return true;
}

function stopBrokers({ world, brokers, random }: Scene): boolean {
  if (!brokers.isUp) return false;
  brokers.stop();
  world.schedule(random.whole(200, 12_000), null, () => {
    brokers.start();
  });
  return true;
}

function expireSession(scene: Scene): boolean {
  const slot = somebody(scene, 'ingest');
  if (slot === null) return false;
  scene.brokers.expireSession(slot.process);
  return true;
}

function loseAnswers({ brokers, random }: Scene): boolean {
  brokers.loseNextAnswers(random.whole(1, 3));
  return true;
}

function refuseProducers({ brokers, random }: Scene): boolean {
  brokers.refuseNextProduces(random.whole(1, 3));
  return true;
}

function onPartition(brokers: Brokers, random: Random, action: (partition: number) => void): boolean {
  if (!brokers.isUp) return false;
  action(random.whole(0, brokers.partitionCount(TOPIC) - 1));
  return true;
}

/** Only what is stored: what retention removes before it was read is lost, and no product can help. */
function removeTaken(scene: Scene): boolean {
  const { brokers, random, takenUpTo, world } = scene;
  if (!brokers.isUp) return false;
  const partition = random.whole(0, brokers.partitionCount(TOPIC) - 1);
  void takenUpTo().then((taken) => {
    const next = taken.get(partition);
    if (next !== undefined) world.schedule(0, null, () => brokers.removeBefore(TOPIC, partition, next));
  });
  return true;
}

const PARTITIONS_MAX = 8;

function addPartitions({ brokers, random }: Scene): boolean {
  const now = brokers.partitionCount(TOPIC);
  if (!brokers.isUp || now >= PARTITIONS_MAX) return false;
  brokers.addPartitions(TOPIC, now + random.whole(1, 2));
  return true;
}

function paceFetches({ brokers, random }: Scene): boolean {
  brokers.paceFetches({ delayMs: random.pick([0, 1, 20, 400]), recordsMax: random.pick([1, 2, 7, 500]) });
  return true;
}

function jumpClock(scene: Scene): boolean {
  const slot = somebody(scene);
  if (slot === null) return false;
  skewClock(slot.process, scene.random.pick([-86_400_000, -60_000, 45_000, 3_600_000, 40 * 86_400_000]));
  return true;
}
