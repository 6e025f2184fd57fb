/** So far back is looked to tell how fast what waits is leaving. */
const LOOK_BACK_MS = 10_000;
/** What leaves within so much is one entry: thousands of small requests a second are a hundred of them. */
const ENTRY_MS = 100;

interface Left {
  readonly at: number;
  amount: number;
}

/** How fast something has been leaving of late. */
export class DrainRate {
  private readonly left: Left[] = [];
  private sum = 0;
  private busySince = 0;

  /** Something waits again, after nothing did: how fast it left before that says nothing. */
  begin(now: number): void {
    this.busySince = now;
    this.left.length = 0;
    this.sum = 0;
  }

  note(amount: number, now: number): void {
    const last = this.left.at(-1);
    if (last !== undefined && now - last.at < ENTRY_MS) last.amount += amount;
    else this.left.push({ at: now, amount });
    this.sum += amount;
    this.forget(now);
  }

  /** Seconds until so much will have left, at the pace of late; null when nothing has. */
  secondsFor(amount: number, now: number): number | null {
    this.forget(now);
    if (this.sum === 0) return null;
    const watchedMs = Math.min(LOOK_BACK_MS, Math.max(1, now - this.busySince));
    return (amount / this.sum) * (watchedMs / 1000);
  }

  private forget(now: number): void {
    for (let first = this.left[0]; first !== undefined && first.at <= now - LOOK_BACK_MS; first = this.left[0]) {
      this.sum -= first.amount;
      this.left.shift();
    }
  }
}
