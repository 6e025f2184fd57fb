import type { Holder } from '@retention/customer';
import { identifier, nullable, objectOf } from './value-schemas.js';

/** Who is in charge of a customer. */
export const holder = objectOf<Holder>({ branchId: nullable(identifier), officerId: nullable(identifier) });
