/**
 * Checks docker-compose.yml and the Dockerfile as far as that goes without an engine: `node scripts/composed-check.mjs`,
 * after a build. With a compose program on the machine (docker compose, or docker-compose) the file is also validated by it;
 * without one that is said, and with CI=true it is a failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { root } from './build.mjs';
import {
  composedServices,
  composeFile,
  dependencies,
  inOrderOfStart,
  isApp,
  isLasting,
  profileSets,
  topicsOf,
} from './composed-file.mjs';
import { copiesOf, dockerfileStages, instructionsOf, isInContext, isInWorkspace } from './composed-image.mjs';

// What Node itself and not the product reads.
const VARIABLES_OF_NODE = ['NODE_OPTIONS'];
const FOUR_APPS = ['api', 'ingest', 'ops', 'projector'];
/** Of its memory limit; the rest is for buffers, code and native libraries. */
const HEAP_SHARE_MAX = 0.75;

const { services, volumes } = composedServices({});
const all = Object.entries(services);
const apps = all.filter(([, service]) => isApp(service));
const lasting = all.filter(([, service]) => isLasting(service));

/** The names of those for which `isGood` does not hold. */
const exceptions = (entries, isGood) => entries.filter((entry) => !isGood(...entry)).map(([name]) => name);

const checks = {
  'the four apps are services': () => FOUR_APPS.filter((app) => !apps.some(([name]) => name === app)),
  'every image is pinned to a patch level': () => [
    ...exceptions(all, (_, { image }) => isPinned(image)),
    ...dockerfileStages()
      .map(({ from }) => from)
      .filter((from) => !dockerfileStages().some(({ name }) => name === from) && !isPinned(from)),
  ],
  'every service that lasts has a health check': () => exceptions(lasting, (_, { healthcheck }) => healthcheck?.test),
  'the health check of an app asks whether it is ready': () =>
    exceptions(
      apps.filter(([, service]) => isLasting(service)),
      (_, { healthcheck }) => healthcheck.test.join(' ').includes('/health/ready'),
    ),
  'every service has a read-only root': () => exceptions(all, (_, service) => service.read_only === true),
  'every service drops all capabilities': () =>
    exceptions(all, (_, { cap_drop }) => isDeepStrictEqual(cap_drop, ['ALL'])),
  'no service can gain privileges': () =>
    exceptions(all, (_, { security_opt }) => security_opt?.includes('no-new-privileges:true')),
  'no service runs as root': () => [
    ...exceptions(all, (_, { user }) => isNotRoot(user)),
    ...(isNotRoot(instructionsOf('image').findLast(({ word }) => word === 'USER')?.rest) ? [] : ['Dockerfile']),
  ],
  'every service has init, a limit of memory and a time to stop': () =>
    exceptions(all, (_, service) => service.init && service.mem_limit && service.stop_grace_period),
  'the heap of an app fits into its memory': () =>
    exceptions(apps, (_, { mem_limit, environment }) => heapOf(environment) <= HEAP_SHARE_MAX * megabytes(mem_limit)),
  'every port is bound to 127.0.0.1': () =>
    exceptions(all, (_, { ports = [] }) => ports.every((port) => port.startsWith('127.0.0.1:'))),
  'every dependency is there, and can come to what is waited for': () => all.flatMap(faultsOfDependencies),
  'every host that is named is a service': () =>
    all
      .flatMap(([name, service]) => hostsIn(service).map((host) => [name, host]))
      .filter(([, host]) => services[host] === undefined)
      .map(([name, host]) => `${name}: ${host}`),
  'every volume is declared': () =>
    all
      .flatMap(([, { volumes: mounted = [] }]) => mounted)
      .map((mount) => mount.split(':')[0])
      .filter((volume) => !(volume in volumes)),
  'every topic an app is told of is created': topicsThatAreMissing,
  'an app is given only variables it knows, and values it takes': faultsOfConfiguration,
  'passwords in the file say that they are for development': () =>
    all.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([variable, value]) => /PASSWORD/.test(variable) || /:\/\/[^/]*:[^/]*@/.test(value))
        .filter(([, value]) => !value.includes('for-development-only'))
        .map(([variable]) => `${name}: ${variable}`),
    ),
  'what the Dockerfile copies is there': faultsOfCopies,
  'what a service runs is in the image': () => exceptions(apps, (_, service) => isInImage(entryFileOf(service))),
  'no specs and nothing of libs/testing get into the build or the image': () => [
    ...['libs/testing/src/index.ts', 'libs/customer/src/points.spec.ts', 'node_modules', 'dist', '.git'].filter(
      isInContext,
    ),
    ...['dist/libs/testing', 'dist/apps/standalone/demo'].filter(isInWorkspace),
  ],
};

function isPinned(image) {
  return /:\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$/.test(image);
}

function isNotRoot(user) {
  return user !== undefined && !/^(root|0)(:|$)/.test(user);
}

const heapOf = ({ NODE_OPTIONS: options = '' }) => Number(/--max-old-space-size=(\d+)/.exec(options)?.[1] ?? Infinity);

function megabytes(limit) {
  const [, amount, unit] = /^(\d+)([mg])$/.exec(limit);
  return Number(amount) * (unit === 'g' ? 1024 : 1);
}

function faultsOfDependencies([name, { profiles, depends_on: others = {} }]) {
  return Object.entries(others).flatMap(([other, { condition }]) => {
    const target = services[other];
    if (target === undefined) return [`${name}: ${other} is no service`];
    const missing = profiles.filter((profile) => !target.profiles.includes(profile));
    const canBe = {
      service_healthy: isLasting(target) && target.healthcheck?.test,
      service_completed_successfully: !isLasting(target),
    }[condition];
    return [
      ...(canBe ? [] : [`${name}: ${other} can never be ${condition}`]),
      ...missing.map((profile) => `${name}: ${other} is not in the profile ${profile}`),
    ];
  });
}

/** Hosts in `scheme://[user@]host:port`, `host:port` and `1@host:port`, but for addresses and the host's own. */
function hostsIn({ environment = {}, command = [], healthcheck = {} }) {
  const texts = [...Object.values(environment), ...[command].flat(), ...[healthcheck.test ?? []].flat()];
  return texts.flatMap((text) =>
    [...text.matchAll(/(?:^|[\s,@/])([a-z][a-z0-9-]*):(\d{2,5})\b/g)].map(([, host]) => host),
  );
}

function topicsThatAreMissing() {
  const created = topicsOf(services).map(({ topic }) => topic);
  const told = apps.flatMap(([, { environment }]) =>
    Object.entries(environment).filter(([variable]) => /^KAFKA_(TOPICS|\w+_TOPIC)$/.test(variable)),
  );
  return told.flatMap(([, value]) => value.split(',')).filter((topic) => !created.includes(topic));
}

async function faultsOfConfiguration() {
  const { configurationTable, loadConfig } = await import('../dist/libs/platform/src/index.js');
  const known = [...configurationTable().map(({ name }) => name), ...VARIABLES_OF_NODE];
  const faults = [];
  for (const given of [{}, { EVENT_STORE: 'postgres' }, { EVENT_STORE: 'eventstoredb' }]) {
    for (const [name, service] of Object.entries(composedServices(given).services)) {
      if (!isApp(service)) continue;
      const unknown = Object.keys(service.environment).filter((variable) => !known.includes(variable));
      faults.push(...unknown.map((variable) => `${name}: ${variable}`));
      try {
        loadConfig(service.environment);
      } catch (error) {
        faults.push(`${name} with ${JSON.stringify(given)}: ${error.message}`);
      }
    }
  }
  return faults;
}

function faultsOfCopies() {
  const stages = dockerfileStages().map(({ name }) => name);
  return stages.flatMap((stage) =>
    copiesOf(stage).flatMap(({ from, paths }) =>
      paths
        .filter((path) => {
          if (from === null) return !isInWorkspace(path) || !isInContext(path);
          // A build stage leaves in its dist/ what the build leaves in ours; packages are installed from the lock file.
          return !stages.includes(from) || !(path === 'node_modules' || isInWorkspace(path));
        })
        .map((path) => `${stage}: ${path}`),
    ),
  );
}

function entryFileOf({ entrypoint, command }) {
  const [program, file] = entrypoint ?? command;
  return program === 'node' ? file : `${program} is not node`;
}

function isInImage(file) {
  const copied = copiesOf('image').some(({ target }) => file.startsWith(`${target}/`));
  return copied && existsSync(join(root, file));
}

/** How the compose program of this machine is called, or null. */
function composeProgram() {
  const programs = [['docker', 'compose'], ['docker-compose']];
  return programs.find(([name, ...rest]) => spawnSync(name, [...rest, 'version'], { stdio: 'ignore' }).status === 0);
}

function configOf([program, ...rest], profiles) {
  const flags = profiles.flatMap((profile) => ['--profile', profile]);
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME };
  const call = [...rest, '--file', composeFile, ...flags, 'config'];
  return spawnSync(program, call, { cwd: root, env: environment, encoding: 'utf8' });
}

/** Whether the program accepts the file and reads in it what the checks here, and `npm run composed`, read. */
function faultsFoundBy(program, profiles) {
  const { status, stdout, stderr } = configOf(program, profiles);
  if (status !== 0) return [stderr.trim()];
  const read = parse(stdout).services;
  // docker-compose 1.29 prints the services of other profiles too.
  const names = inOrderOfStart(services, profiles);
  return names.flatMap((name) => {
    if (read[name] === undefined) return [`it does not find ${name}`];
    const differing = Object.entries(comparable(read[name])).filter(
      ([key, value]) => !isDeepStrictEqual(value, comparable(services[name])[key]),
    );
    return differing.map(([key, value]) => `${name}.${key} is ${JSON.stringify(value)}`);
  });
}

function comparable(service) {
  const { image, user, profiles, command = [], entrypoint = [], environment = {}, healthcheck = {} } = service;
  // Programs write a dollar that is none of theirs twice.
  const text = (value) => String(value).replaceAll('$$', '$');
  return {
    image,
    user,
    profiles: [...profiles].sort(),
    command: command.map(text),
    entrypoint: entrypoint.map(text),
    environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, text(value)])),
    test: (healthcheck.disable ? ['NONE'] : (healthcheck.test ?? [])).map(text),
    dependencies: dependencies(service).sort(),
  };
}

const counts = { passed: 0, failed: 0 };

async function check(sentence, find) {
  // A check that stumbles has found something too.
  const faults = await Promise.resolve()
    .then(find)
    .catch((error) => [error.message]);
  counts[faults.length === 0 ? 'passed' : 'failed'] += 1;
  console.log(
    `${faults.length === 0 ? 'passed' : 'FAILED'}  ${sentence}${faults.map((fault) => `\n        ${fault}`).join('')}`,
  );
}

const program = composeProgram();
if (program === undefined) {
  console.log(
    '!!! THERE IS NO COMPOSE PROGRAM on this machine (docker compose, docker-compose): docker-compose.yml was read as YAML\n' +
      '!!! and checked by our own rules, and nobody has validated it against the rules of compose.',
  );
  if (process.env.CI === 'true') await check('a compose program validates the file', () => ['there is none']);
} else {
  for (const profiles of profileSets) {
    const sentence = `${program.join(' ')} accepts ${profiles.join(' + ')}, and reads in it what we do`;
    await check(sentence, () => faultsFoundBy(program, profiles));
  }
}
for (const [sentence, find] of Object.entries(checks)) await check(sentence, find);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
