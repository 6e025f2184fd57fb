import { Module } from '@nestjs/common';
import { AssignCustomerHandler } from '../assignments/assign-customer.js';
import { AssignmentsController } from '../assignments/assignments.controller.js';
import { ChurnReasonsController } from '../churn-reasons/churn-reasons.controller.js';
import { ReportChurnReasonHandler } from '../churn-reasons/report-churn-reason.js';
import { AnswerComplaintHandler } from '../complaints/answer-complaint.js';
import { ComplaintsController } from '../complaints/complaints.controller.js';
import { RaiseComplaintHandler } from '../complaints/raise-complaint.js';
import { ResolveComplaintHandler } from '../complaints/resolve-complaint.js';
import { ContactsController } from '../contacts/contacts.controller.js';
import { RecordContactHandler } from '../contacts/record-contact.js';
import { FactsModule } from '../facts/facts.module.js';
import { GiftsController } from '../gifts/gifts.controller.js';
import { HandOverGiftHandler } from '../gifts/hand-over-gift.js';
import { AdjustPointsHandler } from '../points/adjust-points.js';
import { PointsController } from '../points/points.controller.js';
import { RecordSurveyHandler } from '../surveys/record-survey.js';
import { SurveysController } from '../surveys/surveys.controller.js';
import { ReportDoor } from './report-door.js';

/** What people report of a customer, each kind under a route and a command of its own, all of them through one door. */
@Module({
  imports: [FactsModule],
  controllers: [
    ChurnReasonsController,
    ContactsController,
    ComplaintsController,
    SurveysController,
    PointsController,
    AssignmentsController,
    GiftsController,
  ],
  providers: [
    ReportDoor,
    ReportChurnReasonHandler,
    RecordContactHandler,
    RaiseComplaintHandler,
    AnswerComplaintHandler,
    ResolveComplaintHandler,
    RecordSurveyHandler,
    AdjustPointsHandler,
    AssignCustomerHandler,
    HandOverGiftHandler,
  ],
})
export class PeopleModule {}
