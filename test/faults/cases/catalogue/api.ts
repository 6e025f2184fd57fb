import { testsOf } from './fault-case.js';
import type { FaultGroup, Proof } from './fault-case.js';

const api = (block: string, ...titles: readonly string[]): Proof[] =>
  testsOf('apps/api/src/api.int.spec.ts', block, ...titles);
const question = (title: string): Proof[] => api('a question that is not valid', title);

const NO_LOGIN =
  'There is no login and there are no rights yet: whoever reaches the API may do everything. It listens on 127.0.0.1 unless told otherwise, and belongs behind something that checks.';
const CALLS_NOBODY = 'The API calls no address: there are no webhooks, and nothing a request says is fetched.';

export const API: FaultGroup = {
  title: 'The API and its processes',
  cases: [
    {
      number: 51,
      what: 'Tokens without a signature, signed with a public key, for somebody else, expired, or of an unknown key.',
      does: 'No token is looked at.',
      open: NO_LOGIN,
    },
    {
      number: 51,
      what: 'Customers of another branch, and what a role does not allow.',
      does: 'Everybody sees and does everything.',
      open: NO_LOGIN,
    },
    {
      number: 51,
      what: 'Sort orders, filters and hidden columns in a query.',
      does: 'Every parameter is declared; any other, and any value that does not fit, is refused by name. Nothing of it becomes SQL.',
      provenBy: [
        ...question('is refused, and the field and the reason are named: sort=points;DROP TABLE read.customer'),
        ...question("is refused, and the field and the reason are named: branchId=' OR 1=1 --"),
        ...question('has a parameter where there is none'),
      ],
    },
    {
      number: 51,
      what: 'A page of a thousand million, and a cursor that was tampered with.',
      does: 'A page has at most 200 lines and begins at a cursor of its own list; anything else is refused.',
      provenBy: [
        ...question('is refused, and the field and the reason are named: limit=99999999999999999999'),
        ...question('has a cursor that was tampered with, or is of another list'),
      ],
    },
    {
      number: 51,
      what: 'A cell of an export that a spreadsheet would take for a formula.',
      does: 'Its first character is made harmless; numbers stay numbers.',
      provenBy: testsOf(
        'apps/ops/src/export/written-records.spec.ts',
        'an export as csv',
        'takes the life out of a region that begins with %j',
        'leaves negative points the number they are, and quotes what would break a line',
      ),
    },
    {
      number: 51,
      what: 'Webhooks to addresses inside the house, by number, by redirect or by a name that changes.',
      does: 'Nothing.',
      cannotOccur: CALLS_NOBODY,
    },
    {
      number: 51,
      what: 'A hundred requests at once for a replay or a rebuild.',
      does: 'Nothing.',
      cannotOccur: 'No route starts one. Many requests that write are bounded, and told when to come back.',
      provenBy: testsOf(
        'apps/api/src/operations/overload.int.spec.ts',
        'more clients than there is room for',
        'are told to come back, and each that does is taken exactly once, whichever route it came by',
      ),
    },
    {
      number: 51,
      what: 'Clients that send a byte now and then.',
      does: 'They keep nobody out, lose their place to others, and are cut off.',
      provenBy: [
        ...testsOf(
          'apps/api/src/slow-clients.int.spec.ts',
          'clients that never finish what they send',
          'keep nobody else from being answered',
          'do not keep the facts of others out',
        ),
        ...testsOf(
          'apps/api/src/operations/overload.int.spec.ts',
          'clients that send slowly',
          'are cut off in the middle of their headers',
        ),
      ],
    },
    {
      number: 51,
      what: 'A body of 50 MB, packed or not.',
      does: '413, before it is read or unpacked in whole.',
      provenBy: [
        ...api(
          'facts that come in over HTTP',
          'are refused as a whole when what is compressed is too large, or is not compressed at all',
          'are refused as a whole with 11 MB',
        ),
        ...testsOf(
          'apps/api/src/operations/overload.int.spec.ts',
          'a client',
          'whose body is too large hears so before it has sent any of it',
        ),
      ],
    },
    {
      number: 52,
      what: 'A process is told to stop under full load.',
      does: 'Unready first, ends within ten seconds, and loses and repeats no batch.',
      provenBy: [
        ...testsOf(
          'test/e2e/berka-kafka.spec.ts',
          'the Berka feed through a real Kafka, ten partitions, two ingest processes and a projector',
          'stops on SIGTERM with exit code 0',
        ),
        ...testsOf(
          'libs/platform/src/kafka/far-ahead.int.spec.ts',
          'a log that is far ahead of the store',
          'is left after the parts that are being stored, when the process is told to stop',
        ),
        ...testsOf(
          'libs/platform/src/kafka/source-log.int.spec.ts',
          'the source log',
          'ends within its deadline though a batch is never stored',
        ),
      ],
    },
    {
      number: 52,
      what: 'The consumer crashes in a way kafkajs does not come back from.',
      does: 'Readiness falls and says why; the consumer is built anew until it reads again.',
      provenBy: [
        ...testsOf(
          'libs/platform/src/kafka/source-log.int.spec.ts',
          'the source log',
          'builds the consumer anew after an error that kafkajs gives up at for good',
        ),
        ...testsOf(
          'test/operations/kafka-trouble.spec.ts',
          'an ingest process in trouble with Kafka',
          'is not ready when the consumer crashed, has no figures of a broker that is away, and comes back by itself',
        ),
      ],
    },
  ],
};
