import { Module } from '@nestjs/common';
import { KafkaIngest } from './kafka-ingest.js';

@Module({ providers: [KafkaIngest] })
export class IngestModule {}
