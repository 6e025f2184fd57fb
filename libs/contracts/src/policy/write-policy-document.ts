import type { Policy } from '@retention/customer';
import { Document, isCollection, isMap, isScalar, type Node, type Pair } from 'yaml';
import { withDecimalAmounts } from '../money/decimal-amounts.js';
import type { Part, SectionPart } from './policy-part.js';
import { POLICY_PART } from './policy-parts.js';

/** A value as the document has it: JSON, amounts as decimal strings with their currency. */
export type DocumentValue = null | number | string | readonly string[] | DocumentSection;
export interface DocumentSection {
  readonly [key: string]: DocumentValue;
}

/** The policy as a document that can be read back: every number of it, none left out. */
export function policyDocument(policy: Policy): DocumentSection {
  return sectionOf(POLICY_PART, policy);
}

/** The same as YAML, with a comment on every section. */
export function writePolicyDocument(policy: Policy): string {
  const document = new Document<Node>(policyDocument(policy), { version: '1.2', schema: 'core' });
  commentOn(document.contents, POLICY_PART, true);
  return document.toString({ lineWidth: 0 });
}

function sectionOf({ fields }: SectionPart, section: object): DocumentSection {
  const values = section as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, valueOf(part, values[name])]));
}

function valueOf(part: Part, value: unknown): DocumentValue {
  if (typeof value !== 'object' || value === null) return value as DocumentValue;
  if (part.kind === 'section') return sectionOf(part, value);
  return (part.kind === 'amount' ? withDecimalAmounts({ ...value }) : value) as DocumentValue;
}

function commentOn(node: Node | null, { fields }: SectionPart, isTop: boolean): void {
  if (!isMap(node)) return;
  for (const [index, { key, value }] of (node.items as Pair<Node, Node | null>[]).entries()) {
    const part = isScalar(key) ? fields[String(key.value)] : undefined;
    if (part === undefined) continue;
    if (isTop || part.kind === 'section') {
      key.commentBefore = ` ${part.says}${part.off === undefined ? '' : `; null = ${part.off}`}`;
      key.spaceBefore = isTop && index > 0;
    }
    if (part.kind === 'section') commentOn(value, part, false);
    // Amounts and lists are short enough for one line.
    else if (isCollection(value)) value.flow = true;
  }
}
