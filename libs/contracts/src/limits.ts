/** Bounds on what one message or batch may cost. Every one is checked before the bytes are parsed. */
export const LIMITS = {
  /** 256 KiB: a loan with 600 instalments takes 35 KiB; an event store append must stay under 1 MiB. */
  messageBytes: 256 * 1024,
  /** The contract needs 4 (event, data, schedule, instalment); the rest is room for unknown fields. */
  nestingDepth: 16,
  /** 600 instalments of three fields are 1,800 keys, and the largest message has 30 more. */
  keys: 2_000,
  /** 50 years of monthly instalments. */
  instalments: 600,
  /** One HTTP request. More belongs in a file or in Kafka. */
  batchElements: 10_000,
  /** 64 MiB: 10,000 messages of 6 KiB. */
  batchBytes: 64 * 1024 * 1024,
  /** Envelope `id`, `source` and `type`. */
  attributeLength: 256,
  /** A `dataschema` URI. */
  schemaUriLength: 512,
  /** Ids inside data. They become keys of indexes and of streams. */
  identifierLength: 64,
  /** Names, addresses and other free strings. */
  textLength: 200,
  /** The reason a person gives for points: read by an auditor, not shown in a list. */
  reasonLength: 500,
  /** Days before 1900 or after 2200 are typing errors in every loan book. */
  yearFirst: 1900,
  yearLast: 2200,
  /** Characters of a refused value that a reason may show. */
  quotedLength: 60,
} as const;
