import { parse } from 'yaml';
import { textOf } from './runbook-pages.js';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

export const RULES_FILE = 'deploy/prometheus/retention.rules.yml';
const TESTS_FILE = 'deploy/prometheus/retention.rules.test.yml';

export function alertRules(): AlertRule[] {
  const { groups } = parse(textOf(RULES_FILE)) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export function alertTests(): AlertTest[] {
  const { tests } = parse(textOf(TESTS_FILE)) as { tests: { alert_rule_test: AlertTest[] }[] };
  return tests.flatMap(({ alert_rule_test }) => alert_rule_test);
}

/** A series an expression asks for: its name, and the labels it wants to have one of some values. */
export interface Selector {
  readonly name: string;
  readonly wanted: readonly { readonly label: string; readonly values: readonly string[] }[];
}

const SERIES = /\b((?:retention|process|nodejs)_\w+|up)\b(?:\{([^}]*)\})?/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;
const GROUPING = /\b(?:by|on|ignoring)\s*\(([^)]*)\)/g;

export function selectorsOf({ expr }: AlertRule): Selector[] {
  return [...expr.matchAll(SERIES)].map(([, name, matchers = '']) => ({
    name: name!,
    wanted: [...matchers.matchAll(MATCHER)].flatMap(([, label, operator, value]) => {
      // Patterns proper select what is there by its form, and "not" what is none of a form: neither names a series.
      const isNamed = operator === '=' || (operator === '=~' && /^[\w|-]+$/.test(value!));
      return isNamed ? [{ label: label!, values: value!.split('|') }] : [];
    }),
  }));
}

/** The labels an expression groups or joins by. */
export function groupingsOf({ expr }: AlertRule): string[] {
  return [...expr.matchAll(GROUPING)].flatMap(([, labels]) => labels!.split(',').map((label) => label.trim()));
}
