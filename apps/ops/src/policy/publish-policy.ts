import { LIMITS, policyChanges, policyDifferences } from '@retention/contracts';
import type { PolicyDifference } from '@retention/contracts';
import { addDays, policyOn } from '@retention/customer';
import type { BusinessDay, Policy } from '@retention/customer';
import {
  dueCustomerCount,
  nextVersionAfter,
  policyBook,
  policyVersions,
  readPublishedPolicies,
} from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { overview } from '@retention/read-models';
import { untilCaughtUp } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { following } from '../following.js';
import { OpsFailure, UsageError } from '../terminal/failure.js';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { visitRuntime } from '../visit-runtime.js';
import { readPolicyFile } from './policy-file.js';
import { describeChange } from './policy-record.js';

export interface PublishPolicyRequest {
  /** `-` is standard input. */
  readonly file: string;
  readonly author: string;
  readonly reason: string;
  /** Says what would happen, and leaves it at that. */
  readonly isDryRun: boolean;
}

/** What publishing a version means. */
interface Plan {
  readonly version: string;
  readonly effectiveFrom: BusinessDay;
  /** Last day on which it will be in force; null = until another is published. */
  readonly until: BusinessDay | null;
  /** Revision of the same version when it was published before. */
  readonly publishedAs: number | null;
  /** The version in force on its first day until now. */
  readonly replaces: string;
  readonly changes: readonly PolicyDifference[];
  /** Every one of them is looked at; what is decided anew is what the new numbers change. */
  readonly customers: number;
}

/**
 * Publishes a version and waits until everybody is decided by it and the read models hold it, unless it is interrupted:
 * a running product goes on without us.
 * @throws as `readPolicyFile`; UsageError without an author or a reason; OpsFailure or PolicyRefused when there is another
 * version of that name.
 */
export function publishPolicy(config: Config, request: PublishPolicyRequest, output: Output): Promise<void> {
  const author = textOf('--author', request.author, LIMITS.textLength);
  const reason = textOf('--reason', request.reason, LIMITS.reasonLength);
  return interruptible(async (signal) => {
    // What is wrong with it is to be said before a database is started, or even made.
    const policy = await readPolicyFile(request.file, output);
    await visitRuntime(config, async (runtime) => {
      const plan = await planOf(runtime, policy);
      if (request.isDryRun) {
        const lines = [...describePlan(plan), 'Nothing was published: it was asked for with --dry-run.'];
        await output.result({ ...plan, revision: null, isDecided: null, customersDue: null }, () => lines);
        return;
      }
      if (!output.isJson) for (const line of describePlan(plan)) output.say(line);
      const { revision } = await runtime.writer.publishPolicy({ policy, author, reason });
      const failure = await failureToDecide(runtime, signal);
      const customersDue = await dueCustomerCount(runtime.database);
      const isDecided = failure === null;
      await output.result({ ...plan, revision, isDecided, customersDue }, () => [
        `${plan.version} is published as revision ${revision}.`,
        isDecided
          ? 'Everybody is decided by it, and the read models hold it.'
          : `${customersDue} customers are not decided by it yet; a running product goes on with them.`,
      ]);
      // That it is published has been said, whatever comes of the rest.
      if (failure !== null) throw failure;
    });
  });
}

function textOf(name: string, text: string, lengthMax: number): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > lengthMax) {
    throw new UsageError(`${name} is not valid; expected 1 to ${lengthMax} characters.`);
  }
  return trimmed;
}

async function planOf({ store, dataSource }: Runtime, policy: Policy): Promise<Plan> {
  const published = await readPublishedPolicies(store);
  const { version, effectiveFrom } = policy;
  const known = policyVersions(published).find((one) => one.policy.version === version);
  const differences = known === undefined ? [] : policyDifferences(known.policy, policy);
  if (known?.revision === 0 || differences.length > 0) {
    const what = differences.map(describeChange).join(', ');
    throw new OpsFailure(
      `There is a version ${version} already${what === '' ? '' : `, with other content (${what})`}: choose another name.`,
    );
  }
  const book = policyBook(published);
  const next = nextVersionAfter(book, effectiveFrom);
  const replaced = known?.replaced ?? policyOn(book, effectiveFrom);
  const { totals } = await overview(dataSource);
  return {
    version,
    effectiveFrom,
    until: next === null ? null : addDays(next.effectiveFrom, -1),
    publishedAs: known?.revision ?? null,
    replaces: replaced.version,
    changes: policyChanges(replaced, policy),
    customers: totals.customers + totals.unregistered,
  };
}

function describePlan({ version, effectiveFrom, until, publishedAs, replaces, changes, customers }: Plan): string[] {
  if (publishedAs !== null)
    return [`${version} was published before, as revision ${publishedAs}: it has no further effect.`];
  const days = until === null ? `from ${effectiveFrom} on` : `from ${effectiveFrom} until ${until}`;
  return [
    `${version} takes the place of ${replaces} ${days}${changes.length === 0 ? ', with the same numbers.' : ':'}`,
    ...changes.map((change) => `  ${describeChange(change)}`),
    `What was decided by ${replaces} about these days is decided anew, for each of ${customers} customers.`,
  ];
}

/** Waits until everybody is decided; what ended the waiting before, else null. */
async function failureToDecide(runtime: Runtime, signal: AbortSignal): Promise<Error | null> {
  try {
    await following(runtime, () => untilCaughtUp(runtime, signal));
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
