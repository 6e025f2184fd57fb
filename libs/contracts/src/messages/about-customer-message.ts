import { IsOptional } from 'class-validator';
import { Identifier } from '../fields/text.js';

/** What people report of a customer names the customer in the data or in the subject; one of the two has to. */
export class AboutCustomerMessage {
  @IsOptional()
  @Identifier()
  customerId?: string | null;
}
