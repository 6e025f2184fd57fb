/** Data about a person that can be erased. */
export interface PersonalData {
  readonly name?: string;
  readonly phone?: string;
  readonly address?: string;
  /** `YYYY-MM-DD`. */
  readonly birthDate?: string;
}

const PERSONAL_FIELDS = ['name', 'phone', 'address', 'birthDate'] as const;
const FOLDED: ReadonlySet<string> = new Set(PERSONAL_FIELDS.map(folded));

/** The personal data in the data of a checked message, or null when it has none. */
export function personalDataOf(data: Readonly<Record<string, unknown>>): PersonalData | null {
  let personal: { -readonly [K in keyof PersonalData]: PersonalData[K] } | null = null;
  for (const field of PERSONAL_FIELDS) {
    const value = data[field];
    if (typeof value === 'string') (personal ??= {})[field] = value;
  }
  return personal;
}

/** Whether an unknown field is called like personal data, in whatever spelling: `birth_date`, `Phone`. */
export function isPersonalField(name: string): boolean {
  return FOLDED.has(folded(name));
}

function folded(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}
