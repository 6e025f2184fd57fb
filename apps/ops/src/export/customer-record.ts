/**
 * A customer as exported, whatever it was made from. Nothing in it depends on the order in which the facts came, or on
 * how often a day was closed.
 */
export interface CustomerRecord {
  readonly customerId: string;
  /** Null while the registration is awaited. */
  readonly registeredOn: string | null;
  readonly kind: string | null;
  readonly branchId: string | null;
  readonly officerId: string | null;
  readonly region: string | null;
  readonly industry: string | null;
  readonly channel: string | null;
  readonly referrerId: string | null;
  readonly points: number;
  readonly tier: string;
  readonly benefits: readonly string[];
  readonly loansDisbursed: number;
  readonly loansActive: number;
  readonly state: string;
  /** This and what follows up to `wonBackOn` are of the latest churn. */
  readonly churnedOn: string | null;
  readonly churnKind: string | null;
  readonly churnReason: string | null;
  readonly churnReasonUnknown: boolean;
  readonly wonBackOn: string | null;
  readonly phase: string;
  readonly warningLevel: string;
  readonly warningScore: number;
  /** Their names. */
  readonly warningSignals: readonly string[];
  readonly giftsOwed: number;
  readonly parkedFacts: number;
  readonly setAsideFacts: number;
  readonly loans: readonly { readonly loanId: string; readonly status: string }[];
}

const COLUMNS: Readonly<Record<keyof CustomerRecord, true>> = {
  customerId: true,
  registeredOn: true,
  kind: true,
  branchId: true,
  officerId: true,
  region: true,
  industry: true,
  channel: true,
  referrerId: true,
  points: true,
  tier: true,
  benefits: true,
  loansDisbursed: true,
  loansActive: true,
  state: true,
  churnedOn: true,
  churnKind: true,
  churnReason: true,
  churnReasonUnknown: true,
  wonBackOn: true,
  phase: true,
  warningLevel: true,
  warningScore: true,
  warningSignals: true,
  giftsOwed: true,
  parkedFacts: true,
  setAsideFacts: true,
  loans: true,
};

/** The columns in the order in which they are written. */
export const RECORD_COLUMNS = Object.keys(COLUMNS) as readonly (keyof CustomerRecord)[];
