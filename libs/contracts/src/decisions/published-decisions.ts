import type { Decision, DecisionType } from '@retention/customer';
import { SCHEMA_DIALECT } from '../declarations/json-schema.js';
import type { JsonSchema } from '../fields/field-rule.js';
import { churnDecisions } from './churn-decisions.js';
import { customerDecisions } from './customer-decisions.js';
import { pointDecisions } from './point-decisions.js';
import type { PublishedDecision } from './published-decision.js';
import { referralDecisions } from './referral-decisions.js';
import { warningDecisions } from './warning-decisions.js';

/** Every decision there is, in version 1 of what is published. A new type of decision does not compile until it is here. */
const PUBLISHED: { readonly [T in DecisionType]: PublishedDecision<Extract<Decision, { readonly type: T }>> } = {
  ...customerDecisions,
  ...pointDecisions,
  ...referralDecisions,
  ...churnDecisions,
  ...warningDecisions,
};

/** The types of decision that are published: all. */
export const PUBLISHED_DECISION_TYPES = Object.keys(PUBLISHED) as readonly DecisionType[];

/** CloudEvents `type` of a decision. */
export function publishedType(type: DecisionType): string {
  return `retention.${type}.v1`;
}

/** CloudEvents `dataschema` of a decision, and `$id` of its schema. An absolute URI, as CloudEvents asks; no address. */
export function publishedSchemaId(type: DecisionType): string {
  return `urn:retention:schema:${publishedType(type)}`;
}

/** A published decision without its TypeScript type, for documents. */
export interface DocumentedDecision {
  /** CloudEvents `type`. */
  readonly type: string;
  readonly schemaId: string;
  readonly title: string;
  readonly schema: JsonSchema;
  /** Data of a good message. */
  readonly example: object;
}

export const DOCUMENTED_DECISIONS: readonly DocumentedDecision[] = PUBLISHED_DECISION_TYPES.map((type) => {
  const { title, schema, example } = PUBLISHED[type];
  return { type: publishedType(type), schemaId: publishedSchemaId(type), title, schema, example };
});

/** JSON Schema (2020-12) of the data of every published decision, by CloudEvents type. */
export function decisionSchemas(): Record<string, object> {
  return Object.fromEntries(
    DOCUMENTED_DECISIONS.map(({ type, schemaId, title, schema, example }) => [
      type,
      { $schema: SCHEMA_DIALECT, $id: schemaId, title, ...schema, examples: [example] },
    ]),
  );
}
