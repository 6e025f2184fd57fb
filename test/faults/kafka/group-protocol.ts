/** What the brokers are asked, and what they answer, in the shapes kafkajs has before encoding and after decoding. */

export type Api =
  | 'metadata'
  | 'find-coordinator'
  | 'fetch'
  | 'list-offsets'
  | 'produce'
  | 'init-producer'
  | 'join'
  | 'sync'
  | 'heartbeat'
  | 'leave'
  | 'commit'
  | 'committed'
  | 'change-topics';

/** How a broker answers a request: at once or later, once. */
export interface Reply<T> {
  give(answer: T): void;
  refuse(error: Error): void;
  /** Answers after so long, unless the returned function is called before. */
  giveLater(delayMs: number, answer: () => T): () => void;
}

export interface JoinRequest {
  readonly groupId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  /** Empty at the first time. */
  readonly memberId: string;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

export interface JoinAnswer {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly groupProtocol: string;
  /** For the leader only. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface SyncRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
}

export interface SyncAnswer {
  readonly memberAssignment: Buffer;
}

export interface Membership {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
}

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: string | number | { toString(): string };
}

export interface CommitRequest extends Membership {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly PartitionOffset[] }[];
}
