export {
  describeParameters,
  type LenderParameters,
  PARAMETER_DEFAULTS,
  type ParameterName,
  type ResolvedParameters,
  resolveParameters,
  WITHOUT_DISORDER,
} from './parameters.js';
export type { SimulatedMessage } from './publication.js';
export { simulateLender, simulateLines } from './simulate.js';
