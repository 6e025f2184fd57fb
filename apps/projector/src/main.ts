import { serve } from '@retention/runtime';
import { ProjectorModule } from './projector.module.js';

await serve(process.env, { app: 'projector', modules: () => [ProjectorModule] });
