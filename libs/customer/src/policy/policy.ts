import type { BusinessDay } from '../facts.js';

export const TIERS = ['none', 'establishing', 'stable', 'deepening', 'trusted'] as const;
export type Tier = (typeof TIERS)[number];

export const BENEFITS = ['birthday-cake', 'preferential-rate', 'inspection-free'] as const;
export type Benefit = (typeof BENEFITS)[number];

/** A set of numbers that turns facts into decisions, in force from a business day on. */
export interface Policy {
  /** Unique name of this version; every decision made under it carries it. */
  readonly version: string;
  readonly effectiveFrom: BusinessDay;
  readonly points: {
    /** For each loan disbursed. */
    readonly loanUse: number;
    /** For each loan settled without one of its instalments ever having been overdue. */
    readonly noOverdue: number;
    /** To the referrer, once the referred customer has a loan. */
    readonly referral: number;
  };
  /** Smallest balance of each tier above `none`. */
  readonly tiers: Readonly<Record<Exclude<Tier, 'none'>, number>>;
  /** Smallest balance at which each benefit may be claimed. */
  readonly benefits: Readonly<Record<Benefit, number>>;
}

/** All versions, oldest first. The first is in force for every day before the second as well. */
export type PolicyBook = readonly [Policy, ...Policy[]];

/** The version in force on a business day. */
export function policyOn(book: PolicyBook, day: BusinessDay): Policy {
  let inForce = book[0];
  for (const policy of book) if (policy.effectiveFrom <= day) inForce = policy;
  return inForce;
}

export function tierOf(balance: number, policy: Policy): Tier {
  let reached: Tier = 'none';
  for (const tier of TIERS) if (tier !== 'none' && balance >= policy.tiers[tier]) reached = tier;
  return reached;
}

export function benefitsOf(balance: number, policy: Policy): Benefit[] {
  return BENEFITS.filter((benefit) => balance >= policy.benefits[benefit]);
}
