import type { DatabaseFaults, StatementFault } from '../world/simulated-pool.js';
import type { Random } from '../world/random.js';
import type { SimulatedProcess } from '../world/world.js';
import type { FaultCounts } from './fault-counts.js';

interface Kind {
  readonly name: string;
  /** Per statement it applies to. */
  readonly probability: number;
  readonly appliesTo: (text: string) => boolean;
  readonly fault: (random: Random) => StatementFault;
}

const isCommit = (text: string): boolean => text === 'COMMIT';
const isAny = (): boolean => true;
const isWithin = (text: string): boolean => !/^(BEGIN|COMMIT|ROLLBACK)$/.test(text);
const refused = (code: string, message: string) => (): StatementFault => ({ kind: 'refused', code, message });

const KINDS: readonly Kind[] = [
  { name: 'connection lost before', probability: 0.001, appliesTo: isAny, fault: () => ({ kind: 'cut-before' }) },
  { name: 'answer lost', probability: 0.001, appliesTo: isWithin, fault: () => ({ kind: 'cut-after' }) },
  { name: 'commit lost', probability: 0.01, appliesTo: isCommit, fault: () => ({ kind: 'cut-before' }) },
  { name: 'outcome of commit unknown', probability: 0.03, appliesTo: isCommit, fault: () => ({ kind: 'cut-after' }) },
  {
    name: 'serialization failure',
    probability: 0.001,
    appliesTo: isWithin,
    fault: refused('40001', 'could not serialize access due to concurrent update'),
  },
  {
    name: 'deadlock victim',
    probability: 0.001,
    appliesTo: isWithin,
    fault: refused('40P01', 'deadlock detected'),
  },
  {
    name: 'statement time-out',
    probability: 0.0007,
    appliesTo: isWithin,
    fault: refused('57014', 'canceling statement due to statement timeout'),
  },
  {
    name: 'disk full',
    probability: 0.0007,
    appliesTo: (text) => /^\s*(INSERT|UPDATE|COMMIT)/.test(text),
    fault: refused('53100', 'could not extend file: No space left on device'),
  },
  {
    name: 'slow answer',
    probability: 0.002,
    appliesTo: isAny,
    fault: (random) => ({ kind: 'slow', byMs: random.chance(0.1) ? random.whole(5000, 45_000) : random.whole(5, 800) }),
  },
];

/** What goes wrong between the processes and the database, statement by statement, while it is switched on. */
export class DatabaseTrouble implements DatabaseFaults {
  isOn = false;

  constructor(
    private readonly random: Random,
    private readonly counts: FaultCounts,
  ) {}

  onStatement(_process: SimulatedProcess, text: string): StatementFault | null {
    if (!this.isOn) return null;
    // One draw decides whether anything happens at all: most statements go well.
    let drawn = this.random.next();
    for (const { name, probability, appliesTo, fault } of KINDS) {
      if (!appliesTo(text)) continue;
      if (drawn < probability) {
        this.counts.add(name);
        return fault(this.random);
      }
      drawn -= probability;
    }
    return null;
  }

  refusesConnection(): boolean {
    if (!this.isOn || !this.random.chance(0.03)) return false;
    this.counts.add('too many connections');
    return true;
  }
}
