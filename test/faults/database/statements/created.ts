import { typeNamed } from '../column-types.js';
import { NotUnderstood } from '../sql/not-understood.js';
import type { Known } from './known.js';

const CREATE = /^CREATE TABLE (\w+) \((\w+) (\w+) PRIMARY KEY\)$/;

/** Tables of specs: one column, which is the key. */
export const CREATED: readonly Known[] = [
  {
    match: (text) => {
      const [, name, column, typeName] = CREATE.exec(text) ?? [];
      if (name === undefined || column === undefined || typeName === undefined) return null;
      const type = typeNamed(typeName, false);
      if (type === null) throw new NotUnderstood(`type ${typeName}`);
      return ({ create }) => {
        create({ name, columns: { [column]: type }, unique: [{ constraint: `${name}_pkey`, columns: [column] }] });
        return { rows: [], rowCount: null };
      };
    },
  },
];
