import type { EntityManager } from 'typeorm';

/** Where rows are read from: the database as it is at each statement, or one snapshot of it (a transaction's manager). */
export type RowSource = Pick<EntityManager, 'getRepository'>;
