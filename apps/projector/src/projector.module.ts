import { Module } from '@nestjs/common';
import { FeedService } from './feed-service.js';

@Module({ providers: [FeedService] })
export class ProjectorModule {}
