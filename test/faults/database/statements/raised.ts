import { sqlError } from '../sql-error.js';
import type { Known } from './known.js';

const RAISE = /^DO \$\$ BEGIN RAISE EXCEPTION USING ERRCODE = '([0-9A-Z]{5})'; END \$\$$/;

/** An error on demand: what a full disk or a time-out does to the transaction it happens in. */
export const RAISED: readonly Known[] = [
  {
    match: (text) => {
      const code = RAISE.exec(text)?.[1];
      if (code === undefined) return null;
      return () => {
        throw sqlError(code, code);
      };
    },
  },
];
