/**
 * Seeded random numbers that are the same on every machine and every version of Node: 32-bit integer arithmetic and the
 * four operations of IEEE 754 only. `Math.pow`, `Math.log` and their kin are left out on purpose: the language does not
 * fix their last bit, and engines have changed it.
 */

/** What a sub-stream is for. A purpose of its own keeps, say, a changed delay from changing what happened. */
export const StreamPurpose = { registration: 1, history: 2, publication: 3 } as const;
export type StreamPurpose = (typeof StreamPurpose)[keyof typeof StreamPurpose];

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded through splitmix32. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** One independent sub-stream for each seed (a safe integer), customer index and purpose. */
  constructor(seed: number, index: number, purpose: StreamPurpose) {
    const low = seed | 0;
    const high = Math.floor(seed / 4294967296) | 0;
    this.a = splitmix(splitmix(low) ^ index);
    this.b = splitmix(splitmix(high ^ 0x5bd1e995) + index);
    this.c = splitmix(this.a ^ splitmix(purpose));
    // The first outputs of sfc32 still show the seed; its author discards a dozen.
    for (let round = 0; round < 12; round += 1) this.bits();
  }

  /** At least 0, below 1, in steps of 2^-32. */
  fraction(): number {
    return this.bits() / 4294967296;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** True with the given probability. Always draws, so that a rate of 0 does not shift the draws that follow. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.whole(0, choices.length - 1)];
    if (choice === undefined) throw new RangeError('There is nothing to pick from.');
    return choice;
  }

  /** One of the choices, each as often as its weight says. The weights need not add up to one. */
  weighted<T>(choices: readonly Weighted<T>[]): T {
    let left = this.fraction() * choices.reduce((sum, choice) => sum + choice.weight, 0);
    for (const choice of choices) {
      left -= choice.weight;
      if (left < 0) return choice.value;
    }
    const last = choices.at(-1);
    if (last === undefined) throw new RangeError('There is nothing to choose from.');
    return last.value;
  }

  private bits(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

export interface Weighted<T> {
  readonly value: T;
  readonly weight: number;
}

function splitmix(value: number): number {
  let mixed = (value + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
