import { Injectable, type PipeTransform } from '@nestjs/common';
import { Problem } from '@retention/platform';
import { isIdentifier } from '../paging/identifier.js';

export function unknownCustomer(): Problem {
  return new Problem({ slug: 'unknown-customer', title: 'Nothing is known of such a customer', status: 404 });
}

/** Nobody can have an id that the contract does not allow: such a path leads nowhere, and never to the database. */
@Injectable()
export class CustomerIdPipe implements PipeTransform<string, string> {
  transform(customerId: string): string {
    if (!isIdentifier(customerId)) throw unknownCustomer();
    return customerId;
  }
}
