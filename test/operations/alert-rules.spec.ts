import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseForSpec, describeWithKafka, startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble, SpecDatabase } from '@retention/testing';
import { alertRules, alertTests, groupingsOf, selectorsOf } from './alert-rules.js';
import { ObservedProcess } from './observed-process.js';
import { faultOfLink, questionsOf, runbookPaths, textOf } from './runbook-pages.js';
import type { Scrape } from './scrape.js';

const rules = alertRules();
const tests = alertTests();

/** Prometheus' own: whether a scrape was answered, and what it adds to every series. */
const NAMES_OF_PROMETHEUS = ['up'];
const LABELS_OF_PROMETHEUS = ['job', 'instance'];

describe.each(rules.map((rule) => [rule.alert, rule] as const))('the alert %s', (alert, rule) => {
  it('says how severe it is, and in sentences what it is about', () => {
    expect(['critical', 'warning']).toContain(rule.labels['severity']);
    expect(rule.annotations).toEqual({
      summary: expect.stringMatching(/^\S.+\S$/),
      description: expect.stringMatching(/^\S.+\.$/),
      runbook: expect.stringMatching(/^docs\/runbooks\/[\w-]+\.md(#[\w-]+)?$/),
    });
  });

  it('leads to a page and a heading that are there, and has its line in the index', () => {
    const { runbook } = rule.annotations;
    expect(faultOfLink(runbook!)).toBeNull();
    const line = textOf('docs/runbooks/README.md')
      .split('\n')
      .find((one) => one.startsWith(`| \`${alert}\` |`));
    expect(line).toMatch(new RegExp(`^\\| \`${alert}\` \\| ${rule.labels['severity']!} \\|`));
    expect(line).toContain(`(${runbook!.replace('docs/runbooks/', '')}) |`);
  });

  it('has a test in which it is quiet, and one in which it fires', () => {
    const own = tests.filter(({ alertname }) => alertname === alert);
    expect(own.filter(({ exp_alerts: fired }) => fired.length === 0).length).toBeGreaterThan(0);
    expect(own.filter(({ exp_alerts: fired }) => fired.length > 0).length).toBeGreaterThan(0);
  });
});

describe('the runbooks', () => {
  it('link to pages and headings that are there', () => {
    const faults = runbookPaths().flatMap((path) =>
      [...textOf(path).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, link]) => {
        const target = new URL(link!.startsWith('#') ? path.split('/').at(-1)! + link! : link!, `repository:/${path}`);
        const fault = faultOfLink(target.pathname.slice(1) + target.hash);
        return fault === null ? [] : [`${path}: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });
});

describeWithKafka('what the whole product exposes', (kafka) => {
  // Inside, so that the process ends before the broker does.
  describe('to Prometheus', () => {
    let double: EventStoreDouble;
    let database: SpecDatabase;
    let product: ObservedProcess;
    let scrape: Scrape;

    beforeAll(async () => {
      double = await startEventStoreDouble();
      database = await createDatabaseForSpec();
      await kafka.tools.createTopic('facts', 1);
      product = await ObservedProcess.start(['ingest', 'projector', 'api'], database.url, {
        EVENT_STORE: 'eventstoredb',
        EVENTSTORE_URL: double.url,
        EVENTSTORE_PREFIX: 'observed.',
        KAFKA_BROKERS: kafka.broker.brokers.join(),
        KAFKA_TOPICS: 'facts',
        PUBLISH_DECISIONS: 'on',
      });
      await product.fetch('/v1/customers');
      scrape = await product.until('the consumer reads', (one) => one.figure('retention_kafka_consumer_up') === 1);
    });
    afterAll(async () => {
      await product.stop();
      await double.stop();
      await database.drop();
    });

    const typeLine = (name: string): RegExp => new RegExp(`^# TYPE ${name.replace(/_count$/, '(_count)?')} `, 'm');

    it.each(rules.map((rule) => [rule.alert, rule] as const))('has every series that %s asks for', (_, rule) => {
      const selectors = selectorsOf(rule).filter(({ name }) => !NAMES_OF_PROMETHEUS.includes(name));
      for (const { name, wanted } of selectors) {
        expect(scrape.text).toMatch(typeLine(name));
        const own = wanted.filter(({ label }) => !LABELS_OF_PROMETHEUS.includes(label));
        for (const { label, values } of own) {
          for (const value of values) {
            expect([name, label, value, scrape.select(name, { [label]: value }).length > 0]).toEqual([
              name,
              label,
              value,
              true,
            ]);
          }
        }
      }
      const names = selectors.map(({ name }) => name);
      const labels = new Set(
        scrape.samples.filter(({ name }) => names.includes(name)).flatMap((one) => [...one.labels.keys()]),
      );
      expect([...labels, ...LABELS_OF_PROMETHEUS]).toEqual(expect.arrayContaining(groupingsOf(rule)));
    });

    it('has every figure the runbooks name', () => {
      const named = runbookPaths().flatMap((path) =>
        [...textOf(path).matchAll(/\bretention_[a-z_]*[a-z]\b(?!_|…)/g)].map(([name]) => name),
      );
      // What ends in `_` or goes on with dots stands for several.
      const unknown = [...new Set(named)].filter((name) => !typeLine(name).test(scrape.text));
      expect(unknown).toEqual([]);
      expect(new Set(named).size).toBeGreaterThan(25);
    });

    it('answers every question the runbooks tell to ask of the database', async () => {
      const questions = runbookPaths().flatMap(questionsOf);
      expect(questions.length).toBeGreaterThan(10);
      for (const question of questions) {
        const outcome = await product.runtime.database.query(`EXPLAIN ${question}`).then(
          () => 'answered',
          (error: unknown) => String(error),
        );
        expect([question, outcome]).toEqual([question, 'answered']);
      }
    });
  });
});
