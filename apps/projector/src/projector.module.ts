import { Module } from '@nestjs/common';
import { ReadModelVitalsModule } from '@retention/runtime';
import { DayService } from './day-service.js';
import { FeedService } from './feed-service.js';

@Module({ imports: [ReadModelVitalsModule], providers: [FeedService, DayService] })
export class ProjectorModule {}
