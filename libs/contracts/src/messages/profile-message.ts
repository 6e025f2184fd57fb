import type { Profile } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { Identifier, Text } from '../fields/text.js';
import { keep } from './message-type.js';

/** What a registration or a profile change may say, all of it optional. */
export class ProfileMessage {
  @Identifier()
  customerId!: string;

  @IsOptional()
  @Text({ personal: true })
  name?: string | null;

  @IsOptional()
  @Day({ personal: true })
  birthDate?: string | null;

  @IsOptional()
  @Text({ personal: true })
  phone?: string | null;

  @IsOptional()
  @Text({ personal: true })
  address?: string | null;

  @IsOptional()
  @Text()
  region?: string | null;

  @IsOptional()
  @Text()
  industry?: string | null;

  @IsOptional()
  @Identifier()
  branchId?: string | null;

  @IsOptional()
  @Identifier()
  officerId?: string | null;

  @IsOptional()
  @Identifier()
  referrerId?: string | null;

  @IsOptional()
  @Text()
  channel?: string | null;
}

/** The fields of a profile that are no personal data. */
export function keepProfile(fact: { -readonly [K in keyof Profile]: Profile[K] }, message: ProfileMessage): void {
  keep(fact, 'region', message.region);
  keep(fact, 'industry', message.industry);
  keep(fact, 'branchId', message.branchId);
  keep(fact, 'officerId', message.officerId);
  keep(fact, 'referrerId', message.referrerId);
  keep(fact, 'channel', message.channel);
}
