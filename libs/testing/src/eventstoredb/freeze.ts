/** While it is frozen, nothing that goes through here happens; then all of it does, in order. */
export class Freeze {
  private readonly waiting: (() => void)[] = [];
  private isFrozen = false;

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    this.isFrozen = false;
    for (const run of this.waiting.splice(0)) run();
  }

  whenThawed(run: () => void): void {
    if (this.isFrozen) this.waiting.push(run);
    else run();
  }

  /** Forgets who waits. */
  clear(): void {
    this.isFrozen = false;
    this.waiting.length = 0;
  }
}
