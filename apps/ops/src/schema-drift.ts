export { schemaDifferences } from '@retention/runtime';
