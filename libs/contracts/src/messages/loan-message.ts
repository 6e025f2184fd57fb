import { IsOptional } from 'class-validator';
import { Identifier } from '../fields/text.js';

/** A message that names its loan; the loan finds the customer where the source does not say. */
export class LoanMessage {
  @Identifier()
  loanId!: string;

  @IsOptional()
  @Identifier()
  customerId?: string | null;
}

/** A message that names both. */
export class CustomerLoanMessage {
  @Identifier()
  loanId!: string;

  @Identifier()
  customerId!: string;
}
