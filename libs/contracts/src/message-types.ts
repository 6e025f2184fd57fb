import { balanceObserved } from './messages/balance-observed.js';
import { businessDayClosed } from './messages/business-day-closed.js';
import { complaintAnswered, complaintRaised, complaintResolved } from './messages/complaint.js';
import { customerProfileChanged } from './messages/customer-profile-changed.js';
import { customerReassigned } from './messages/customer-reassigned.js';
import { customerRegistered } from './messages/customer-registered.js';
import { giftHandedOver } from './messages/gift-handed-over.js';
import { instalmentCured, instalmentOverdue } from './messages/instalment.js';
import { loanApproved, loanCancelled, loanRejected } from './messages/loan-answered.js';
import { loanApplied } from './messages/loan-applied.js';
import { loanDisbursed } from './messages/loan-disbursed.js';
import { loanRescheduled } from './messages/loan-rescheduled.js';
import { loanSettled } from './messages/loan-settled.js';
import { loanDisbursalUndone, loanSettlementUndone } from './messages/loan-undone.js';
import { loanRecovered, loanWrittenOff } from './messages/loan-written-off.js';
import type { MessageType } from './messages/message-type.js';
import { pointsAdjusted } from './messages/points-adjusted.js';
import { repaymentReceived, repaymentReversed } from './messages/repayment.js';
import { churnReasonReported, contactMade, surveyAnswered } from './messages/reported-by-people.js';

/** The upstream contract, version 1. `referral-reported` is a fact but no message: only the product itself says it. */
export const CONTRACT: readonly MessageType[] = [
  customerRegistered,
  customerProfileChanged,
  customerReassigned,
  loanApplied,
  loanApproved,
  loanRejected,
  loanCancelled,
  loanDisbursed,
  loanDisbursalUndone,
  repaymentReceived,
  repaymentReversed,
  instalmentOverdue,
  instalmentCured,
  loanSettled,
  loanSettlementUndone,
  loanWrittenOff,
  loanRecovered,
  loanRescheduled,
  balanceObserved,
  complaintRaised,
  complaintAnswered,
  complaintResolved,
  surveyAnswered,
  contactMade,
  churnReasonReported,
  pointsAdjusted,
  giftHandedOver,
  businessDayClosed,
];

/** `lending.<thing>.<past participle>.v<n>` of every message of the contract. */
export const MESSAGE_TYPES: readonly string[] = CONTRACT.map((message) => message.type);

const VERSION_SUFFIX = /\.v\d+$/;
const UNVERSIONED: ReadonlySet<string> = new Set(MESSAGE_TYPES.map(withoutVersion));

/** Whether the contract has the message in some other version. */
export function isKnownInAnotherVersion(type: string): boolean {
  return UNVERSIONED.has(withoutVersion(type));
}

function withoutVersion(type: string): string {
  return type.replace(VERSION_SUFFIX, '');
}
