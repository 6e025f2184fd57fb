import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BuildFailed, ensureBuilt, root } from './build.mjs';

/**
 * Runs dist/apps/<app>/src/main.js in this process, built from the present sources.
 *
 * A build that fails is reported on standard error and gives exit code 1; standard output belongs to the app.
 */
export async function runApp(app, appArguments) {
  const apps = readdirSync(join(root, 'apps'));
  if (!apps.includes(app)) {
    console.error(`Name one of the apps: ${apps.join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  try {
    await ensureBuilt();
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  const main = join(root, 'dist', 'apps', app, 'src', 'main.js');
  process.argv = [process.argv[0], main, ...appArguments];
  await import(pathToFileURL(main).href);
}
