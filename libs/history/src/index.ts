export { customersAsOf, oneCustomerAsOf } from './as-of.js';
export type { Archive } from './as-of.js';
