export { ChurnModelError, type ChurnModelFault } from './churn-model-error.js';
export { expectedFurtherLoans, expectedFurtherLoansBg } from './expected-loans.js';
export { fitChurnModel, type Fitting } from './fit-churn-model.js';
export { historyOf } from './history-of.js';
