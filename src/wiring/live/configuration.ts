/** The configuration in force: changed for all of its users in one step, or for none of them. */
import { checkConfig } from '../../platform/config/config.ts';
import type { ConfigFlags, ServerConfig } from '../../platform/config/config.ts';
import { takeOver } from '../../platform/config/reload.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { followConfiguration } from '../../feeds/configuration.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { Condition } from '../../surfaces/ops/index.ts';
import type { Lifetime } from '../lifetime.ts';

/** What a change does to one of its users; neither must throw. */
export interface Step {
  /** Puts it in force, with all others in one turn of the event loop. */
  commit(): void;
  /** Somebody else could not prepare: what was opened is closed again. */
  abandon?(): void;
}

/** Prepares for what comes; nothing where it makes no difference. */
export type Prepare = (next: ServerConfig, before: ServerConfig) => Step | undefined | Promise<Step | undefined>;

/** The configuration in force. */
export interface Configuration {
  current(): ServerConfig;
  /** Takes part in changes: prepares for what comes, or rejects, and then nothing of it comes. Steps are taken in the order of this. */
  takesPart(prepare: Prepare): void;
  /** Takes over what changes live; rejects when somebody could not prepare, and has changed nothing then. One at a time. */
  change(next: ServerConfig): Promise<void>;
  /** Keys that wait for a restart. */
  pending(): readonly string[];
}

/** The file that a server is started with, and what its command line says besides. */
export interface ConfigurationFile {
  readonly path: string;
  readonly flags: ConfigFlags;
}

/** Holds the configuration that the server was started with, until it changes. */
export function createConfiguration(start: ServerConfig, { logger, metrics }: Telemetry): Configuration {
  const parts: Prepare[] = [];
  let inForce = start;
  let pending: readonly string[] = [];
  let changes = 0;
  metrics.total('configuration_changes_total', 'Configurations that were taken over while the server runs', [], () => [
    { labels: {}, value: changes },
  ]);
  const told = (changed: readonly string[], loosened: readonly string[], { unmatched }: ServerConfig): void => {
    const [level, more] = loosened.length > 0 ? (['error', { loosened }] as const) : (['warn', {}] as const);
    logger[level]({ changed, unmatched, ...more }, 'configuration changed');
  };
  metrics.gauge('configuration_pending', 'Keys of the configuration file that only a restart takes over', () => pending.length);
  return {
    current: () => inForce,
    takesPart: (prepare) => void parts.push(prepare),
    pending: () => pending,
    async change(next) {
      const taken = takeOver(inForce, next);
      if (taken.changed.length > 0) {
        const steps = await prepareAll(parts, taken.config, inForce);
        const loosened = loosenedBy(inForce, taken.config);
        inForce = taken.config;
        changes += 1;
        // A change that silences the log as well is told before it does.
        const isHeard = logger.isLevelEnabled('warn');
        if (isHeard) told(taken.changed, loosened, inForce);
        for (const { commit } of steps) commit();
        if (!isHeard) told(taken.changed, loosened, inForce);
      }
      if (taken.pending.length > 0 && taken.pending.join() !== pending.join())
        logger.warn({ keys: taken.pending }, 'configuration has changed where it needs a restart; until then these are as they were');
      pending = taken.pending;
    },
  };
}

const STRICTNESS: readonly ServerConfig['unmatched'][] = ['deny', 'warn', 'allow'];

/** Keys by which the gate demands less than before, as far as that is plain. */
function loosenedBy(before: ServerConfig, after: ServerConfig): readonly string[] {
  const isLooser = {
    unmatched: STRICTNESS.indexOf(after.unmatched) > STRICTNESS.indexOf(before.unmatched),
    allowNoPolicies: after.allowNoPolicies && !before.allowNoPolicies,
    administrators: after.administrators.length === 0 && before.administrators.length > 0,
    breakGlass: after.breakGlass !== undefined && after.breakGlass !== before.breakGlass && after.administrators.length > 0,
  };
  return Object.entries(isLooser).flatMap(([key, is]) => (is ? [key] : []));
}

async function prepareAll(parts: readonly Prepare[], next: ServerConfig, before: ServerConfig): Promise<Step[]> {
  const steps: Step[] = [];
  try {
    for (const prepare of parts) {
      const step = await prepare(next, before);
      if (step !== undefined) steps.push(step);
    }
    return steps;
  } catch (cause) {
    for (const { abandon } of steps) abandon?.();
    throw cause;
  }
}

/** Follows the file until the lifetime ends. */
export function openConfigurationFile(
  { path, flags }: ConfigurationFile, configuration: Configuration, { logger, metrics }: Telemetry, lifetime: Lifetime, pollMs?: number,
): Feed<ServerConfig | undefined> {
  let failures = 0;
  let underWay: Promise<void> = Promise.resolve();
  metrics.total('configuration_reload_failures_total', 'Configurations that were refused while the server runs', [], () => [
    { labels: {}, value: failures },
  ]);
  const feed = followConfiguration({
    path,
    check: (text) => checkConfig(text, path, flags),
    takeOver: (next) => (underWay = configuration.change(next)),
    refused(problems) {
      failures += 1;
      for (const problem of problems.slice(0, MOST_LINES)) logger.error({ problem }, 'new configuration refused, the old one stays in force');
    },
    ...(pollMs === undefined ? {} : { pollMs }),
  });
  lifetime.defer(async () => {
    feed.close();
    // What is being opened for a change is closed by those who opened it.
    await underWay.catch(() => undefined);
  });
  return feed;
}

const MOST_LINES = 100;

/** What readiness says: a note, since what decided before decides on. Names of keys alone; values are for the log. */
export function configurationKnown(configuration: Configuration, feed: Pick<Feed<unknown>, 'condition'> | undefined): Condition {
  const keys = configuration.pending();
  const reason = feed?.condition().problem !== undefined
    ? 'the configuration file is broken, and the one before stays in force; the log names every problem'
    : keys.length > 0 ? `the configuration file has changed where it needs a restart: ${keys.join(', ')}` : undefined;
  return { name: 'configuration', ok: true, ...(reason === undefined ? {} : { reason }) };
}
