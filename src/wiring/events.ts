/** Decision events of the server: where the configuration sends them, and what is told of them. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createDecisionEvents, createHttpsOutlet, openFileOutlet } from '../events/index.ts';
import type { DecisionEvents, EventSettings } from '../events/index.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import { readInputText } from '../platform/input-file.ts';
import type { Log } from '../platform/log.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import type { Configuration } from './live/configuration.ts';
import { outbound } from './environment.ts';
import type { Lifetime } from './lifetime.ts';

type EventsConfig = NonNullable<ServerConfig['decisions']['events']>;

/** What waits is sent for so long when the server ends. */
const LAST_MS = 2000;

/** Opens the way out, which does nothing until the configuration names a place; rejects when that is a file that cannot be written. */
export async function openEvents(
  configuration: Configuration, log: Pick<Log, 'line'>, { logger, metrics }: Telemetry, lifetime: Lifetime,
): Promise<DecisionEvents> {
  const events = createDecisionEvents({
    failing: (to, problem) => logger.warn({ to, problem }, 'decision events are not taken at the moment, and wait'),
    recovered: (to) => logger.info({ to }, 'decision events are taken again'),
    refused: (to, count) => logger.error({ to, events: count }, 'decision events were refused, and are dropped'),
    left: (count) => logger.error({ events: count }, 'decision events were waiting when it ended, and are dropped'),
  });
  // Of this process alone: numbers begin at one again when it is started anew.
  const process = `${hostname().toLowerCase().replace(/[^a-z0-9.-]/g, '-')}/${randomBytes(6).toString('hex')}`;
  const { events: first } = configuration.current().decisions;
  events.use(first === undefined ? undefined : await settingsOf(first, process, log));
  configuration.takesPart(async (next, before) => {
    const wanted = next.decisions.events;
    if (JSON.stringify(wanted) === JSON.stringify(before.decisions.events)) return undefined;
    const settings = wanted === undefined ? undefined : await settingsOf(wanted, process, log);
    return {
      commit: () => events.use(settings),
      abandon() {
        if (settings !== undefined && 'outlet' in settings.to) void settings.to.outlet.close();
      },
    };
  });
  metrics.gauge('decision_events_waiting', 'Decision events that wait to be written or are being written', () => events.numbers().waiting);
  metrics.gauge('decision_events_waiting_bytes', 'Memory that they take', () => events.numbers().waitingBytes);
  metrics.total('decision_events_sent_total', 'Decision events that were taken where they were sent to', [], () => [
    { labels: {}, value: events.numbers().sent },
  ]);
  metrics.total('decision_events_dropped_total', 'Decision events that nobody will get, by why', ['why'], () =>
    Object.entries(events.numbers().dropped).map(([why, value]) => ({ labels: { why }, value })));
  lifetime.defer(() => events.close(LAST_MS));
  return events;
}

async function settingsOf(config: EventsConfig, process: string, { line }: Pick<Log, 'line'>): Promise<EventSettings> {
  const { file, url, ca, tokenFile, gzip, mask } = config;
  const common = { source: `${config.source}/${process}`, mask };
  if (file !== undefined) return { ...common, to: { outlet: await openFileOutlet(file) } };
  if (url === undefined) return { ...common, to: { line } };
  const token = tokenFile === undefined ? undefined : () => readToken(tokenFile);
  return { ...common, to: { outlet: createHttpsOutlet({ ...outbound(), url, ca, token, gzip }) } };
}

/** What stands in the file, in a form that a header can hold; never told to anybody else. */
async function readToken(path: string): Promise<string> {
  const token = (await readInputText(path)).trim();
  if (!/^[\x21-\x7e]{1,8192}$/.test(token)) throw new Error(`${path}: expected one token of visible ASCII`);
  return token;
}
