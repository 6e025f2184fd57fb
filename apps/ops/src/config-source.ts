import type { Config } from '@retention/platform';

/** Gives the configuration of the process; called by the commands that need one. */
export type ConfigSource = () => Promise<Config>;

/** Injection token of the `ConfigSource`. */
export const CONFIG_SOURCE = Symbol('config source');
