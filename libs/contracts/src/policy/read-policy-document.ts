import { DEFAULT_POLICY } from '@retention/customer';
import type { Policy } from '@retention/customer';
import type { PolicyFault } from './policy-faults.js';
import { POLICY_PART } from './policy-parts.js';
import { readPart } from './read-part.js';
import { readYaml } from './yaml-text.js';

export type PolicyDocument =
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'faults'; readonly faults: readonly PolicyFault[] };

/** What a person reads; the rest is counted. */
const FAULTS_MAX = 100;

/** What stands for a version wherever one can be asked for by its name. */
const RESERVED_VERSION = 'in-force';

/**
 * Reads a policy document, YAML or JSON: the policy, or everything that is wrong with it. What is left out is taken from
 * `base`, which is the policy the product comes with unless told; the name and the day are not.
 */
export function readPolicyDocument(text: string, base: Policy = DEFAULT_POLICY): PolicyDocument {
  const { value: given, faults: ofText } = readYaml(text);
  if (given === undefined) return { kind: 'faults', faults: bounded(ofText) };
  const faults: PolicyFault[] = [];
  const inherited = { ...base, version: undefined, effectiveFrom: undefined };
  const values = readPart(POLICY_PART, given, inherited, '', { baseVersion: base.version, faults });
  // Undefined fields are those with a fault.
  faults.push(...contradictions(values ?? {}));
  // What the text says wrong is left out of its value, and might be missed there.
  const named = new Set(ofText.map(({ path }) => path));
  const all = [...ofText, ...faults.filter(({ path }) => !named.has(path))];
  return all.length > 0 ? { kind: 'faults', faults: bounded(all) } : { kind: 'policy', policy: values as Policy };
}

/** Rules between the sections. */
function contradictions({ version, churn, churnModel }: Partial<Policy>): PolicyFault[] {
  const faults: PolicyFault[] = [];
  if (version === RESERVED_VERSION) {
    faults.push({ path: 'version', reason: `must not be ${RESERVED_VERSION}, which stands for whichever version is` });
  }
  if (churn?.definition === 'model' && churnModel === null) {
    faults.push({ path: 'churn.definition', reason: 'is model, which needs a churnModel; there is none' });
  }
  const { from, to } = (churnModel ?? {}) as Partial<NonNullable<Policy['churnModel']>>;
  if (from !== undefined && to !== undefined && to < from) {
    faults.push({ path: 'churnModel.to', reason: `must not be before churnModel.from (${from}); ${to} was given` });
  }
  return faults;
}

function bounded(faults: readonly PolicyFault[]): readonly PolicyFault[] {
  if (faults.length <= FAULTS_MAX) return faults;
  const more = faults.length - FAULTS_MAX;
  return [...faults.slice(0, FAULTS_MAX), { path: '', reason: `has ${String(more)} more faults` }];
}
