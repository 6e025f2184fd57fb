import { ChurnModelError, expectedFurtherLoans, fitChurnModel, historyOf } from '@retention/churn-model';
import { lastEndedDay } from '@retention/contracts';
import { addDays, disbursalDays, pAlive, policyOn } from '@retention/customer';
import type { BusinessDay, ChurnModel, LoanHistory, ModelParameters, Policy } from '@retention/customer';
import { customersAsOf } from '@retention/history';
import { keepChurnModel, readGovernance } from '@retention/ingestion';
import { systemClock } from '@retention/platform';
import type { Config } from '@retention/platform';
import { untilCaughtUp } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { following } from '../following.js';
import { OpsFailure } from '../terminal/failure.js';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { visitRuntime } from '../visit-runtime.js';

export interface FitRequest {
  /** First day whose disbursals count; null = from the first there is. */
  readonly from: BusinessDay | null;
  /** Last day; null = the last that has ended. */
  readonly to: BusinessDay | null;
  readonly unitDays: number;
  /** Null: the fit is kept, and no policy uses it. */
  readonly publication: {
    readonly author: string;
    readonly reason: string;
    readonly effectiveFrom: BusinessDay | null;
  } | null;
}

/**
 * Fits BG/NBD and MBG/NBD on the disbursals of all customers, keeps the fit with its window, and with a publication makes
 * it the churn model of a new version of the policy in force.
 */
export function fitModel(config: Config, request: FitRequest, output: Output): Promise<void> {
  const to = request.to ?? lastEndedDay(config.business.timeZone, systemClock.now());
  return interruptible((signal) =>
    visitRuntime(config, async (runtime) => {
      const { histories, from } = await historiesUntil(runtime, { ...request, to });
      const model = await keepChurnModel(runtime.store, fitted(histories, from, to, request.unitDays));
      const policy = request.publication === null ? null : await publish(runtime, model, request.publication, signal);
      const outlook = outlookOf(model, histories);
      await output.result({ model, outlook, policyVersion: policy?.version ?? null }, () => [
        ...describe(model),
        `still there  ${outlook.alive} of ${model.customers} with P(alive) of one half or more at the end of ${to}`,
        `to expect    ${outlook.expectedLoans.toFixed(0)} further loans in the 52 weeks after it`,
        policy === null
          ? 'kept; no policy uses it: --publish makes it the model of the policy'
          : `published with policy ${policy.version}, effective from ${policy.effectiveFrom}`,
      ]);
    }),
  );
}

function fitted(histories: readonly LoanHistory[], from: BusinessDay, to: BusinessDay, unitDays: number): ChurnModel {
  try {
    return fitChurnModel({ histories, from, to, unitDays, version: `fit-${to}` });
  } catch (error) {
    if (error instanceof ChurnModelError) throw new OpsFailure(error.message, { cause: error });
    throw error;
  }
}

async function historiesUntil(
  { store, database }: Runtime,
  { from, to, unitDays }: FitRequest & { readonly to: BusinessDay },
): Promise<{ readonly histories: readonly LoanHistory[]; readonly from: BusinessDay }> {
  const { book } = await readGovernance(database, store);
  const histories: LoanHistory[] = [];
  let first: BusinessDay | null = null;
  for await (const state of customersAsOf({ store, database, book }, to)) {
    const days = disbursalDays(state).filter((day) => from === null || day >= from);
    const history = historyOf(days, to, unitDays);
    if (history !== null) histories.push(history);
    for (const day of days) if (first === null || day < first) first = day;
  }
  return { histories, from: from ?? first ?? to };
}

async function publish(
  runtime: Runtime,
  model: ChurnModel,
  { author, reason, effectiveFrom }: NonNullable<FitRequest['publication']>,
  signal: AbortSignal,
): Promise<Policy> {
  const { book } = await readGovernance(runtime.database, runtime.store);
  const day = effectiveFrom ?? addDays(model.to, 1);
  const base = policyOn(book, day);
  // The name tells both what was and what is new; a fit upon a fit does not grow it.
  const [name = base.version] = base.version.split('.fit-');
  const policy: Policy = { ...base, version: `${name}.${model.version}`, effectiveFrom: day, churnModel: model };
  await following(runtime, async () => {
    await runtime.writer.publishPolicy({ policy, author, reason });
    await untilCaughtUp(runtime, signal);
  });
  return policy;
}

function outlookOf(model: ChurnModel, histories: readonly LoanHistory[]): { alive: number; expectedLoans: number } {
  const overUnits = (52 * 7) / model.unitDays;
  let [alive, expectedLoans] = [0, 0];
  for (const history of histories) {
    if (pAlive(model, history) >= 0.5) alive += 1;
    expectedLoans += expectedFurtherLoans(model, history, overUnits);
  }
  return { alive, expectedLoans };
}

function describe({ version, from, to, customers, unitDays, bgNbd, mbgNbd }: ChurnModel): string[] {
  const numbers = ({ r, alpha, a, b, logLikelihood }: ModelParameters): string =>
    `r ${r.toFixed(3)}  α ${alpha.toFixed(3)}  a ${a.toFixed(3)}  b ${b.toFixed(3)}  log-likelihood ${logLikelihood.toFixed(1)}`;
  return [
    `fit          ${version}: ${customers} customers, disbursals ${from} to ${to}, time in units of ${unitDays} days`,
    `BG/NBD       ${numbers(bgNbd)}`,
    `MBG/NBD      ${numbers(mbgNbd)}  (used for customers with one loan)`,
  ];
}
