import type { Projection } from '@retention/projections';
import { customersProjection } from './customers/customers-projection.js';
import { ledgerProjection } from './ledger/ledger-projection.js';

/** Every read model, new and unopened. */
export function readModels(): readonly Projection[] {
  return [customersProjection(), ledgerProjection()];
}
