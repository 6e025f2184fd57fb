import type { Random } from '../world/random.js';

/** What is done to a process. `kill` and `term` strike one that has taken something since its start. */
export type ProcessAct = 'kill' | 'kill-starting' | 'term' | 'freeze';
/** What is done to the servers. */
export type ServerAct = 'postgres-stop' | 'terminate-backends' | 'broker-kill' | 'broker-restart';

export const APPS = { ingest: 3, projector: 2 } as const;
export type App = keyof typeof APPS;

export interface ChaosOptions {
  /** Different facts; a part of them is published twice. */
  readonly facts: number;
  /** kill -9 of processes that have taken something since their start. */
  readonly kills: number;
  readonly seed: number;
  /** False where the broker is somebody else's. */
  readonly brokerIsOurs: boolean;
}

export interface ChaosPlan {
  readonly processActs: Readonly<Record<App, readonly ProcessAct[]>>;
  readonly serverActs: readonly ServerAct[];
}

/** Everything that will be done, in the order it is drawn in; when it is done depends on the processes. */
export function drawPlan({ kills, brokerIsOurs }: ChaosOptions, random: Random): ChaosPlan {
  // After the kill of a consumer the whole group waits for its session to end: that takes longer than another's lease.
  const ingestKills = Math.round(kills / 2);
  const times = (part: number, least: number): number => Math.max(least, Math.round(kills * part));
  const deck = <Act>(counts: readonly (readonly [Act, number])[]): Act[] =>
    random.shuffled(counts.flatMap(([act, count]) => Array.from({ length: count }, () => act)));
  return {
    processActs: {
      ingest: deck<ProcessAct>([
        ['kill', ingestKills],
        ['kill-starting', times(0.05, 1)],
        ['term', times(0.1, 2)],
        ['freeze', times(0.05, 2)],
      ]),
      projector: deck<ProcessAct>([
        ['kill', kills - ingestKills],
        ['kill-starting', times(0.025, 1)],
        ['term', times(0.05, 1)],
        ['freeze', times(0.025, 1)],
      ]),
    },
    serverActs: deck<ServerAct>([
      ['postgres-stop', times(0.1, 2)],
      ['terminate-backends', times(0.5, 5)],
      ['broker-kill', brokerIsOurs ? times(0.05, 1) : 0],
      ['broker-restart', brokerIsOurs ? times(0.05, 1) : 0],
    ]),
  };
}
