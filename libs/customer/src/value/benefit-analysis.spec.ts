import { describe, expect, it } from '@jest/globals';
import { customersReferred, incomePerLoan, lendingOf } from './benefit-analysis.js';

const MICRO = { customers: 7_100, averageLoan: 70_000, churned: 2_737 };
const BUSINESS = { customers: 1_026, averageLoan: 150_000, churned: 379 };
const millions = (yuan: number): number => yuan / 1_000_000;

describe('the benefit analysis of the rulebook', () => {
  it('if each customer refers one: 497.00 and 153.90 million yuan disbursed', () => {
    expect(millions(lendingOf(customersReferred(MICRO.customers, 100), MICRO.averageLoan))).toBe(497);
    expect(millions(lendingOf(customersReferred(BUSINESS.customers, 100), BUSINESS.averageLoan))).toBe(153.9);
  });

  it('if 25 % do: 1,775 and 256 new customers, 124.25 and 38.40 million yuan', () => {
    const [micro, business] = [customersReferred(MICRO.customers, 25), customersReferred(BUSINESS.customers, 25)];
    expect([micro, business]).toEqual([1_775, 256]);
    expect(millions(lendingOf(micro, MICRO.averageLoan))).toBe(124.25);
    expect(millions(lendingOf(business, BUSINESS.averageLoan))).toBe(38.4);
  });

  it('income of a 70,000 yuan loan at 9.85 %, half of it outstanding: 3,447 yuan', () => {
    expect(incomePerLoan(70_000, 985)).toBe(3_447);
  });

  it('lost lending of 2,737 and 379 churned: 191.59 and 56.85 million yuan', () => {
    expect(millions(lendingOf(MICRO.churned, MICRO.averageLoan))).toBe(191.59);
    expect(millions(lendingOf(BUSINESS.churned, BUSINESS.averageLoan))).toBe(56.85);
  });
});
