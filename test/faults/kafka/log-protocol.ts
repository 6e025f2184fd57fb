import type { NewRecord, StoredMessage } from './partition-log.js';

/** What the brokers are asked about logs, and what they answer, in the shapes of kafkajs. */

export interface FetchRequest {
  readonly maxWaitTime: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

export interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly highWatermark: string;
      readonly messages: readonly StoredMessage[];
      readonly emptied: readonly number[];
      readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
    }[];
  }[];
}

export interface ListOffsetsRequest {
  readonly topics: readonly {
    readonly topic: string;
    /** The timestamp −2 asks for the oldest offset, −1 for the end. */
    readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
  }[];
}

export interface ListOffsetsAnswer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
  }[];
}

export interface ProduceRequest {
  /** −1 for a producer that is not idempotent. */
  readonly producerId: string | number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: readonly (Omit<NewRecord, 'timestamp'> & { readonly timestamp?: string | number })[];
    }[];
  }[];
}

export interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly baseOffset: string }[];
  }[];
}

export interface MetadataAnswer {
  readonly controllerId: number;
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      readonly leader: number;
      readonly replicas: readonly number[];
      readonly isr: readonly number[];
    }[];
  }[];
}
