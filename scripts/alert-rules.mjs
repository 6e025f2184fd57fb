/**
 * Checks and tests the alerts of deploy/prometheus with promtool, which comes with Prometheus: `npm run alerts`. Without it on
 * the machine that is said, and with CI=true it is a failure.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../deploy/prometheus/', import.meta.url));

const CALLS = [
  ['check', 'config', 'prometheus.yml'],
  ['check', 'rules', 'retention.rules.yml'],
  ['test', 'rules', 'retention.rules.test.yml'],
];

const promtool = (call) => spawnSync('promtool', call, { cwd: folder, encoding: 'utf8' });

/** Whether promtool has nothing to say against it. */
function passes(call) {
  const { error, status, stdout, stderr } = promtool(call);
  if (error !== undefined) throw error;
  console.log(`${status === 0 ? 'passed' : 'FAILED'}  promtool ${call.join(' ')}`);
  if (status !== 0) console.log(`${stdout}${stderr}`.trim().replace(/^/gm, '        '));
  return status === 0;
}

if (promtool(['--version']).error?.code === 'ENOENT') {
  console.log(
    '!!! THERE IS NO promtool on this machine (Debian: apt-get install --no-install-recommends prometheus): the alerts of\n' +
      '!!! deploy/prometheus were neither checked nor tested.',
  );
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
} else {
  const results = CALLS.map(passes);
  const passed = results.filter(Boolean).length;
  console.log(`${passed} passed, ${results.length - passed} failed`);
  process.exitCode = passed === results.length ? 0 : 1;
}
