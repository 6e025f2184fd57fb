import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './build.mjs';

export const composeFile = join(root, 'docker-compose.yml');

/** What a person asks compose for: the profiles of one `up` or `run`. */
export const profileSets = [['infra'], ['apps'], ['tools'], ['infra', 'apps', 'tools']];

/**
 * The services of docker-compose.yml, by name, with what the file says of them after anchors, merge keys and `${…}`. What
 * compose fills in by itself is not there. `given` is the environment that compose would be called with.
 */
export function composedServices(given) {
  const { services, volumes } = interpolated(parse(readFileSync(composeFile, 'utf8'), { merge: true }), given);
  return { services, volumes };
}

function interpolated(value, given) {
  if (typeof value === 'string') return withVariables(value, given);
  if (Array.isArray(value)) return value.map((item) => interpolated(item, given));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, interpolated(inner, given)]));
}

/** `${NAME}`, `${NAME:-default}` and `$$`: what the file uses. Another form is refused, not misread. */
function withVariables(text, given) {
  return text.replace(/\$(?:\$|\{([A-Za-z_]\w*)(?::-([^}]*))?\}|)/g, (found, name, standard = '') => {
    if (found === '$$') return '$';
    if (name === undefined) throw new Error(`"${text}": only \${NAME}, \${NAME:-default} and $$ are understood here`);
    return given[name] ? given[name] : standard;
  });
}

/** Our own image, as opposed to those of others. */
export const isApp = ({ build }) => build !== undefined;

/** Serves until it is told to stop, as opposed to a one-off. */
export const isLasting = ({ restart }) => restart !== 'no';

/** The services of these profiles, each after all it depends on. */
export function inOrderOfStart(services, profiles) {
  const ordered = new Set();
  const add = (name, askedBy) => {
    const service = services[name];
    if (service === undefined) throw new Error(`${askedBy} depends on ${name}, which is no service`);
    for (const other of dependencies(service)) if (!ordered.has(other)) add(other, name);
    ordered.add(name);
  };
  for (const [name, service] of Object.entries(services)) {
    if (service.profiles.some((profile) => profiles.includes(profile))) add(name);
  }
  return [...ordered];
}

export const dependencies = ({ depends_on: others = {} }) => Object.keys(others);

/** The topics the one-shot creates, with their partitions. */
export function topicsOf({ topics }) {
  return topics.environment.TOPICS.split(' ').map((entry) => {
    const at = entry.lastIndexOf(':');
    return { topic: entry.slice(0, at), partitions: Number(entry.slice(at + 1)) };
  });
}

/** `1m30s` and the like, in milliseconds. */
export function milliseconds(duration) {
  const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  return [...duration.matchAll(/(\d+)(ms|h|m|s)/g)].reduce((sum, [, n, unit]) => sum + Number(n) * units[unit], 0);
}
