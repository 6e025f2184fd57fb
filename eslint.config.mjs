import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The libraries that hold rules of the trade. They are pure: no framework, no package, no clock, no chance, no I/O. */
const DOMAIN_LIBRARIES = ['customer'];

const inDomain = (files) => DOMAIN_LIBRARIES.map((library) => `libs/${library}/${files}`);
const shipped = ['apps/**/*.ts', 'libs/**/*.ts'];
const specs = ['**/*.spec.ts', '**/*.spec-support.ts', 'test/**/*.ts', 'libs/testing/**/*.ts'];
const tooling = ['**/*.mjs', '**/*.cjs'];

const nodeGlobals = Object.fromEntries(
  ['process', 'console', 'Buffer', 'URL', 'fetch', 'performance', 'setTimeout', 'clearTimeout', 'AbortSignal'].map(
    (name) => [name, 'readonly'],
  ),
);

const onlyConfigReadsTheEnvironment =
  'Only libs/platform/src/config reads the environment: take a value of the config.';

const pure = 'The domain is pure: take the value as an argument.';
const impureGlobals = [
  'process',
  'console',
  'Buffer',
  'globalThis',
  'global',
  'require',
  'performance',
  'crypto',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];

const impureSyntax = [
  { selector: 'Decorator', message: 'Domain types are plain data: no decorators.' },
  { selector: 'ImportExpression', message: 'The domain imports nothing at run time.' },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: pure },
  { selector: 'CallExpression[callee.name="Date"]', message: pure },
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: pure },
  { selector: 'MemberExpression[object.name="Date"][property.value="now"]', message: pure },
  { selector: 'VariableDeclarator[init.name=/^(Date|Math)$/]', message: pure },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: pure },
  { selector: 'MemberExpression[object.name="Math"][property.value="random"]', message: pure },
  {
    selector:
      'MemberExpression[property.name=/^([gs]et(FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds)|getTimezoneOffset)$/]',
    message: 'This depends on the time zone of the machine: use the UTC method.',
  },
  {
    selector: 'MemberExpression[property.name=/^(localeCompare|toLocale\\w+)$/]',
    message: 'This depends on the locale of the machine, and so would the state and its hash.',
  },
];

export default defineConfig(
  { ignores: ['dist/**', 'coverage/**', 'node_modules/**', '.retention/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: new URL('.', import.meta.url).pathname },
    },
    rules: {
      // A new event type must break every switch over the union, so a default never stands in for the missing cases.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, allowDefaultCaseForExhaustiveSwitch: false },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      // The rule leaves files with decorators alone, where Nest needs the constructor's types at run time.
      '@typescript-eslint/consistent-type-imports': 'error',
      // Nest declares its option objects as classes and means them to be given as literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: shipped,
    ignores: specs,
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: shipped,
    ignores: [...specs, 'apps/*/src/main.ts', 'libs/platform/src/config/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: onlyConfigReadsTheEnvironment },
      ],
      'no-restricted-imports': [
        'error',
        { paths: ['process', 'node:process'].map((name) => ({ name, message: onlyConfigReadsTheEnvironment })) },
      ],
    },
  },
  {
    // A process hands its whole environment to loadConfig, itself or through serve, and looks at nothing in it.
    files: ['apps/*/src/main.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':not(CallExpression[callee.name=/^(loadConfig|serve)$/]) > MemberExpression[object.name="process"][property.name="env"]',
          message: onlyConfigReadsTheEnvironment,
        },
      ],
    },
  },
  {
    files: inDomain('**/*.ts'),
    ignores: specs,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^[^.]', message: 'The domain imports nothing but its own files.' }] },
      ],
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: pure }))],
      'no-restricted-syntax': ['error', ...impureSyntax],
    },
  },
  {
    files: [...inDomain('**/*.spec.ts'), ...inDomain('**/*.spec-support.ts')],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(@nestjs/|typeorm|pg$|kafkajs)', message: 'A domain spec runs in milliseconds without them.' },
          ],
        },
      ],
    },
  },
  {
    files: specs,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      // Bodies of HTTP answers and asymmetric matchers are `any` in the typings of supertest and Jest.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: tooling,
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: nodeGlobals,
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // This file must still parse on the Node versions it turns away.
    files: ['scripts/run.mjs'],
    languageOptions: { ecmaVersion: 2020 },
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ChainExpression', message: 'Node 12 cannot parse this.' },
        { selector: 'LogicalExpression[operator="??"]', message: 'Node 12 cannot parse this.' },
        { selector: 'ImportDeclaration', message: 'Nothing is imported before the version of Node is known.' },
      ],
    },
  },
);
