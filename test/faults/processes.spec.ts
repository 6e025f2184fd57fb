import { expect, it } from '@jest/globals';
import { describeWithKafka } from '@retention/testing';
import { drawPlan } from './processes/chaos-plan.js';
import { faultsOf, reportLines } from './processes/report.js';
import { runProcesses } from './processes/run-processes.js';
import { Random } from './world/random.js';

const FACTS = 200_000;
const KILLS = 40;
const SEED = 1;
/** The run itself gives up when nothing has moved for a minute; this is for a machine that is slow and moves. */
const WITHIN_MS = 900_000;

describeWithKafka('three ingest and two projector processes that are killed, told to stop and frozen', (kafka) => {
  it(
    'lose nothing and double nothing, while PostgreSQL and the broker come and go as well',
    async () => {
      const brokerIsOurs = !process.env['KAFKA_BROKERS'];
      const options = { facts: FACTS, kills: KILLS, seed: SEED, brokerIsOurs };
      const report = await runProcesses(options, kafka);
      const told = reportLines(report).join('\n');
      process.stderr.write(`\n${told}\n`);
      // What the run has to say is looked at when it is not as it has to be.
      expect({ faults: faultsOf(report), told }).toEqual({ faults: [], told });
      expect(report.verdict).toMatchObject({ facts: FACTS, lost: [], doubled: [], wrong: [], isRebuiltTheSame: true });
      expect(report.messages).toBeGreaterThan(FACTS * 1.15);

      const struck = (act: string): number =>
        (report.acts[`${act} ingest`] ?? 0) + (report.acts[`${act} projector`] ?? 0) + (report.acts[act] ?? 0);
      expect(struck('kill')).toBeGreaterThanOrEqual(KILLS);
      const { processActs, serverActs } = drawPlan(options, new Random(SEED));
      const planned = [...processActs.ingest, ...processActs.projector, ...serverActs];
      for (const act of new Set(planned)) {
        if (act !== 'kill') expect([act, struck(act)]).toEqual([act, planned.filter((one) => one === act).length]);
      }
      for (const least of [struck('kill-starting'), struck('freeze'), struck('postgres-stop')]) {
        expect(least).toBeGreaterThanOrEqual(2);
      }
      expect(struck('term')).toBeGreaterThanOrEqual(4);
      expect(struck('backends')).toBeGreaterThanOrEqual(20);
      if (brokerIsOurs) expect([struck('broker-kill'), struck('broker-restart')]).toEqual([2, 2]);
      // Whoever is killed is replaced: the time until that shows is measured of nearly all, and is no matter of minutes.
      for (const app of ['ingest', 'projector']) {
        const again = report.recovery[`kill ${app}`];
        expect(again?.count).toBeGreaterThan(KILLS / 4);
        expect(again?.medianMs).toBeLessThan(60_000);
      }
    },
    WITHIN_MS,
  );
});
