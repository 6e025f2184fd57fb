import { Module } from '@nestjs/common';
import { FactsController } from './facts.controller.js';
import { WriteAdmission } from '../operations/write-admission.js';
import { WriteVitals } from '../operations/write-vitals.js';
import { FactsDoor } from './take-facts.js';

/** The HTTP door of facts, for other systems and for what people report. */
@Module({
  controllers: [FactsController],
  providers: [FactsDoor, { provide: WriteAdmission, useFactory: () => new WriteAdmission() }, WriteVitals],
  exports: [FactsDoor, WriteAdmission],
})
export class FactsModule {}
