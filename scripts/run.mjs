/**
 * Starts an app of this workspace: `node scripts/run.mjs <app> [arguments]`.
 *
 * It builds first if the build is missing or older than the sources, then runs the app in this same process, so that
 * signals, the exit code and standard output are the app's own.
 */
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 20 || (major === 20 && minor >= 19)) {
  import('./run-app.mjs').then(({ runApp }) => runApp(process.argv[2], process.argv.slice(3)));
} else {
  console.error(`Retention needs Node 20.19 or newer, and this is Node ${process.versions.node}.`);
  process.exitCode = 1;
}
