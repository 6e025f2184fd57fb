/**
 * Checks every import of apps, libs and test against .dependency-cruiser.cjs.
 *
 * The cruiser reads without tsconfig.json, types and aliases, and says nothing, when it does not know the installed
 * compiler. So the run also fails when the compiler's options did not arrive.
 */
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs');
const typescript = extractTSConfig('./tsconfig.json');
const { output } = await cruise(['apps', 'libs', 'test'], { ...options, validate: true }, {}, { tsConfig: typescript });

const files = output.modules.filter(({ source }) => /^(apps|libs|test)\//.test(source));
const read = files.filter(({ source }) => source.endsWith('.ts'));
const { violations, totalDependenciesCruised } = output.summary;

for (const { rule, from, to, cycle } of violations) {
  const { comment } = output.summary.ruleSetUsed.forbidden.find(({ name }) => name === rule.name) ?? {};
  const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
  console.log(`${rule.name}: ${from} → ${path}${comment ? `\n  ${comment}` : ''}`);
}
const readsTypeScript = typescript.options !== undefined && read.length > 0;
if (!readsTypeScript)
  console.log('This version of dependency-cruiser does not know the installed TypeScript: update it.');

console.log(`arrows: ${read.length} files, ${totalDependenciesCruised} imports, ${violations.length} against an arrow`);
process.exitCode = violations.length > 0 || !readsTypeScript ? 1 : 0;
