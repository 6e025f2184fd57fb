import { Module } from '@nestjs/common';
import { ListPoliciesHandler } from './list-policies.js';
import { PoliciesController } from './policies.controller.js';
import { ShowPolicyHandler } from './show-policy.js';

/** The versions of the policy, to be read; they are published on the command line. */
@Module({ controllers: [PoliciesController], providers: [ListPoliciesHandler, ShowPolicyHandler] })
export class PoliciesModule {}
