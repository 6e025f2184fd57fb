import { Module } from '@nestjs/common';
import { PublicationVitalsModule, ReadModelVitalsModule } from '@retention/runtime';
import { DayService } from './day-service.js';
import { FeedService } from './feed-service.js';

@Module({ imports: [ReadModelVitalsModule, PublicationVitalsModule], providers: [FeedService, DayService] })
export class ProjectorModule {}
