import { Module } from '@nestjs/common';
import { ReadModelVitalsModule } from '@retention/runtime';
import { FeedService } from './feed-service.js';

@Module({ imports: [ReadModelVitalsModule], providers: [FeedService] })
export class ProjectorModule {}
