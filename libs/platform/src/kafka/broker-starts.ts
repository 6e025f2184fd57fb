/** Said at ERROR by kafkajs though it only waits for a broker that has just started, and tries again. */
const BROKER_STARTS =
  /coordinator is loading|coordinator is not available|There is no leader for this topic-partition|The group is rebalancing|leadership election/i;

/** So often in a row a consumer may be built anew for it, some fifteen seconds, before something else must be wrong. */
const RESTARTS_MAX = 5;

/** Whether a message says no more than that a broker, or what it does for a group, has just started. */
export function isBrokerStarting(message: string): boolean {
  return BROKER_STARTS.test(message);
}

/** What the end of a consumer is called, the `restarts`-th in a row. */
export function kindOfEnd(reason: string, restarts: number): 'broker-not-ready' | 'crash' {
  return isBrokerStarting(reason) && restarts <= RESTARTS_MAX ? 'broker-not-ready' : 'crash';
}
