import { serve } from '@retention/runtime';
import { ApiModule, configureApi } from './api.module.js';

await serve(process.env, { app: 'api', modules: () => [ApiModule], configure: configureApi });
