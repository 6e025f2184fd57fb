import { Module } from '@nestjs/common';
import { FactsController } from './facts.controller.js';
import { FactsDoor } from './take-facts.js';

/** The HTTP door of facts, for other systems and for what people report. */
@Module({ controllers: [FactsController], providers: [FactsDoor], exports: [FactsDoor] })
export class FactsModule {}
