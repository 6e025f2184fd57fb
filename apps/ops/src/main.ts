import { runOps } from './run-ops.js';

await runOps(async () => {
  // Loaded when a command asks for it: a simulation needs no configuration, and no database driver either.
  const { loadConfig } = await import('./configuration.js');
  return loadConfig(process.env);
});
