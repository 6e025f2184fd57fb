/** How long what is waited for. */
export interface Timing {
  /** A server that does not take what is committed is asked again for so long. */
  readonly patienceMs: number;
  /** The same while a store is opened: somebody has just started a process, or a command. */
  readonly openPatienceMs: number;
  /** The same where it does not give what is asked of it: somebody may wait for it. */
  readonly readPatienceMs: number;
  /** A call that has no answer by then is given up; what it did is not known. */
  readonly callMs: number;
  /** After so long without an event that is known to exist, somebody else's unfinished batches are looked at. */
  readonly finishAfterMs: number;
  /** A batch that is no older is the business of its writer. */
  readonly abandonedAfterMs: number;
  /** A batch that cannot be written is not tried again for so long, unless its writer tries. */
  readonly brokenForMs: number;
  /** After so long a subscription is taken for dead, whatever it says. */
  readonly resubscribeAfterMs: number;
  /** After so long an event of the feed is taken for lost. */
  readonly giveUpAfterMs: number;
}

export const TIMING: Timing = {
  // A connection that was cut without a word is noticed after 20 seconds.
  patienceMs: 30_000,
  openPatienceMs: 30_000,
  readPatienceMs: 5000,
  callMs: 5000,
  finishAfterMs: 250,
  abandonedAfterMs: 1000,
  brokenForMs: 10_000,
  resubscribeAfterMs: 3000,
  giveUpAfterMs: 30_000,
};
