export { loadConfig } from '@retention/platform';
