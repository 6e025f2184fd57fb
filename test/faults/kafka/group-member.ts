import type { Scheduled } from '../world/world.js';
import type { JoinAnswer, JoinRequest, Reply, SyncAnswer } from './group-protocol.js';

/** A member of a group, as its coordinator knows it. */
export interface Member {
  readonly id: string;
  readonly protocols: JoinRequest['groupProtocols'];
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  joining: Reply<JoinAnswer> | null;
  syncing: Reply<SyncAnswer> | null;
  assignment: Buffer;
  expiresAt: number;
  session: Scheduled | null;
}

/** What a coordinator finds in its log when it takes the group over. */
export interface Persisted {
  readonly generation: number;
  readonly leader: string | null;
  readonly protocol: string;
  readonly members: readonly Member[];
}

/** Whether it joins with what it has joined with before. */
export function isSame({ protocols }: Member, { groupProtocols }: JoinRequest): boolean {
  return (
    protocols.length === groupProtocols.length &&
    protocols.every(({ name, metadata }, at) => {
      const other = groupProtocols[at];
      return other?.name === name && other.metadata.equals(metadata);
    })
  );
}
