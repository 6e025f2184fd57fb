/** One variable of the environment: how its text is read, and what the README says of it. */
export interface VariableDefinition {
  readonly meaning: string;
  /** What a person should write, to follow "expected" in a fault. */
  readonly expected: string;
  /** The value when the variable is absent or empty; null for "off". */
  readonly default: unknown;
  /** How the default reads in the table, where the value alone does not say it. */
  readonly defaultText?: string;
  /** Its value is never printed. */
  readonly secret?: boolean;
  /** Text to value. What it cannot read it returns as it is (or NaN), for the validators to refuse. */
  readonly parse?: (text: string) => unknown;
}

export interface DeclaredVariable extends VariableDefinition {
  readonly name: string;
}

const declared = new Map<object, DeclaredVariable[]>();

/** Marks a property as the environment variable of the same name. Validators stand beside it. */
export function Variable(definition: VariableDefinition): PropertyDecorator {
  return (prototype, property) => {
    const variables = declared.get(prototype) ?? [];
    variables.push({ name: String(property), ...definition });
    declared.set(prototype, variables);
  };
}

/** The variables of a class, in the order they are written. */
export function variablesOf(environment: new () => object): readonly DeclaredVariable[] {
  return declared.get(environment.prototype as object) ?? [];
}

export const wholeNumber = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

export const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const choice =
  <T>(values: Readonly<Record<string, T>>) =>
  (text: string): T | string =>
    Object.hasOwn(values, text) ? (values[text] as T) : text;
