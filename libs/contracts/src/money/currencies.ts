/**
 * Active ISO 4217 currencies by the number of decimals their amounts may have. Metals, test codes and units of account
 * that no loan is paid in are left out. ANG and BGN stay though they were replaced in 2025 and 2026: loan histories
 * are still reported in them.
 */
const CODES_BY_FRACTION_DIGITS: ReadonlyArray<readonly [fractionDigits: number, codes: string]> = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF ' +
      'CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG ' +
      'HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR ' +
      'MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD ' +
      'SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG ' +
      'YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const FRACTION_DIGITS: ReadonlyMap<unknown, number> = new Map(
  CODES_BY_FRACTION_DIGITS.flatMap(([digits, codes]) => codes.split(' ').map((code) => [code, digits] as const)),
);

/** The most decimals any currency has: what holds for an amount whose currency the message does not say. */
export const FRACTION_DIGITS_MAX = 4;

export const CURRENCY_CODES: readonly string[] = [...FRACTION_DIGITS.keys()].map(String).sort();

/** Decimals of the currency (CNY 2, JPY 0, KWD 3), or undefined when it is not a currency in use. */
export function fractionDigitsOf(currency: unknown): number | undefined {
  return FRACTION_DIGITS.get(currency);
}
