import { Module } from '@nestjs/common';
import { PublicationVitalsModule, ReadModelVitalsModule, WaitingVitalsModule } from '@retention/runtime';
import { DayService } from './day-service.js';
import { FeedService } from './feed-service.js';

@Module({
  imports: [ReadModelVitalsModule, PublicationVitalsModule, WaitingVitalsModule],
  providers: [FeedService, DayService],
})
export class ProjectorModule {}
