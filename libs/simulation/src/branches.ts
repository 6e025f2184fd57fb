import { digits } from './business-time.js';
import type { Lender } from './parameters.js';
import type { Random } from './random.js';

/** Two neighbouring regions make a division. */
const REGIONS = [
  'Beijing',
  'Hebei',
  'Liaoning',
  'Shandong',
  'Shanghai',
  'Jiangsu',
  'Zhejiang',
  'Anhui',
  'Fujian',
  'Guangdong',
  'Hubei',
  'Hunan',
  'Sichuan',
  'Chongqing',
  'Shaanxi',
  'Henan',
] as const;

/** Who serves a customer: the branch, the region it lies in and the officer. */
export interface Desk {
  readonly region: string;
  readonly branchId: string;
  readonly officerId: string;
}

/** Any officer of any branch. */
export function anyDesk(lender: Lender, random: Random): Desk {
  const branch = random.whole(0, lender.branches - 1);
  const region = branch % REGIONS.length;
  const branchId = `D${Math.floor(region / 2) + 1}-B${digits(branch + 1, 4)}`;
  return { region: REGIONS[region] ?? REGIONS[0], branchId, officerId: anyOfficer(lender, random, branchId) };
}

/** Another officer of the same branch; the same one where the branch has no other. */
export function otherOfficer(lender: Lender, random: Random, desk: Desk): Desk {
  const officerId = anyOfficer(lender, random, desk.branchId);
  if (officerId !== desk.officerId) return { ...desk, officerId };
  const next = (Number(officerId.slice(-2)) % lender.officersPerBranch) + 1;
  return { ...desk, officerId: `${desk.branchId}-O${digits(next, 2)}` };
}

function anyOfficer(lender: Lender, random: Random, branchId: string): string {
  return `${branchId}-O${digits(random.whole(1, lender.officersPerBranch), 2)}`;
}
