/** The controller put together: it follows the resources and the replicas, and writes while it leads. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { DestinationStream } from 'pino';
import { createKubeApi, findKubeAccess } from '../../cluster/api.ts';
import type { KubeApi } from '../../cluster/api.ts';
import type { KubeAccess } from '../../cluster/service-account.ts';
import { openWriter } from '../../controller/cluster/client.ts';
import { fenced } from '../../controller/cluster/fenced.ts';
import { runForLease } from '../../controller/cluster/lease.ts';
import type { Election, LeaseTimes } from '../../controller/cluster/lease.ts';
import { createEventWriter } from '../../controller/events/writer.ts';
import { createStatusKeeper } from '../../controller/status/keeper.ts';
import { createTasks } from '../../controller/tasks.ts';
import type { LeaderTask } from '../../controller/tasks.ts';
import { reportFeeds } from '../../feeds/report.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import { openLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics/metrics.ts';
import { watchTrust } from '../../platform/metrics/trust-expiry.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { VERSION } from '../../platform/version.ts';
import { expiries, trustEnds } from '../../policy/index.ts';
import { closeGently } from '../../surfaces/http/drain.ts';
import { createOpsServer } from '../../surfaces/ops/index.ts';
import type { Condition } from '../../surfaces/ops/index.ts';
import { withLifetime } from '../lifetime.ts';
import type { Lifetime } from '../lifetime.ts';
import { addressFor, listen, portOf } from '../listen.ts';
import { openActivity } from './activity.ts';
import { certificateTask } from './certificate.ts';
import { openJudgingTasks } from './judging.ts';
import { openDocuments } from './documents.ts';

/** What tests put in the place of a part. */
export interface ControllerOverrides {
  readonly logStream?: DestinationStream;
  /** Let the system choose the operations port. */
  readonly anyOpsPort?: boolean;
  readonly leaseTimes?: LeaseTimes;
  readonly statusRestMs?: number;
}

/** A controller that runs. */
export interface RunningController {
  readonly opsPort: number;
  readonly identity: string;
  leads(): boolean;
  /** Stops writing, gives the Lease back and ends. */
  close(): Promise<void>;
}

/** Starts the controller. Rejects when there is no API server to be found, or the port is taken; one that does not answer is no error. */
export function startController(config: ServerConfig, overrides: ControllerOverrides = {}): Promise<RunningController> {
  const log = openLog(config.log.level, overrides.logStream);
  return withLifetime(async (lifetime) => {
    lifetime.defer(() => log.flush());
    const metrics = createMetrics({ version: VERSION, node: process.version });
    const telemetry: Telemetry = { logger: log.logger, metrics };
    const { kubeconfig } = config.kubernetes;
    const access = await findKubeAccess(kubeconfig, process.env['KUBERNETES_SERVICE_HOST'] === undefined ? false : process.env);
    if (access === undefined)
      throw new Error('the controller needs an API server: this is no pod, and kubernetes.kubeconfig names no file');
    const api = createKubeApi(access);
    const identity = `${hostname()}_${randomBytes(6).toString('hex')}`;
    return run({ config, overrides, telemetry, lifetime, api, access, identity });
  });
}

interface Parts {
  readonly config: ServerConfig;
  readonly overrides: ControllerOverrides;
  readonly telemetry: Telemetry;
  readonly lifetime: Lifetime;
  readonly api: KubeApi;
  readonly access: KubeAccess;
  readonly identity: string;
}

async function run({ config, overrides, telemetry, lifetime, api, access, identity }: Parts): Promise<RunningController> {
  const { logger, metrics } = telemetry;
  const client = await openWriter(config.kubernetes.kubeconfig);
  const open = await openDocuments(config, api, telemetry, lifetime);
  const { policies, documents, observed } = open;

  const { keepCertificate, namespace } = config.controller;
  let election: Election | undefined;
  const led = (): boolean => election?.leads() === true;
  const writer = fenced(client, { leads: led }, config.controller.writesPerSecond);
  const events = createEventWriter({
    writer, instance: identity, clock: Date,
    objects: { uidOf: (key) => observed.get(key)?.uid },
    failed: (problem) => logger.warn({ problem }, 'an Event could not be written'),
  });
  const activity = openActivity(config.controller, api, { denied: events.denied, telemetry, lifetime });
  const judging = await openJudgingTasks({
    config, policies, access, instance: identity, leads: led, unusableRoots: open.unusableRoots,
  }, telemetry, lifetime);
  const status = createStatusKeeper({
    documents, observed, activity, writer, clock: Date, parts: judging.parts,
    unusableRoots: open.unusableRoots,
    failed: (resource, problem) => logger.warn({ resource, problem }, 'status could not be written'),
    ...(overrides.statusRestMs === undefined ? {} : { restMs: overrides.statusRestMs }),
  });
  const watch = watchTrust({ policies, expiries, ends: trustEnds, ...telemetry, clock: Date });
  lifetime.defer(() => watch.close());

  const tasks: readonly LeaderTask[] = [
    { name: 'status', run: status.run },
    { name: 'activity', run: activity.run },
    ...(config.controller.events ? [{ name: 'events', run: events.run }] : []),
    ...(keepCertificate ? [certificateTask({ api, access, namespace, leads: led }, telemetry)] : []),
    ...judging.tasks,
  ];
  const begin = createTasks(tasks, (task, err) => logger.error({ task, err }, 'a task failed and is begun again'));
  election = runForLease({
    api, writer: client, namespace: config.controller.namespace, name: config.controller.lease, identity,
    began(signal) {
      logger.info({ identity }, 'leading');
      begin(signal);
    },
    ended: (why) => logger.warn({ identity, why }, 'leading no more'),
    failed: (problem) => logger.warn({ problem }, 'the Lease cannot be had'),
    ...(overrides.leaseTimes === undefined ? {} : { times: overrides.leaseTimes }),
  });
  const { leads, close: resign } = election;
  lifetime.defer(resign);

  reportFeeds(metrics, () => [...open.feeds(), ...activity.feeds]);
  metrics.gauge('controller_leader', '1 while this process holds the Lease and writes', () => Number(leads()));
  metrics.gauge('controller_status_behind', 'Resources whose status is not yet what it should be', () => status.behind);
  metrics.total('controller_writes_total', 'Writes that were sent to the API server', [], () => [{ labels: {}, value: writer.sent() }]);
  metrics.total('controller_events_total', 'Events by what became of them', ['result'], () => [
    { labels: { result: 'written' }, value: events.written }, { labels: { result: 'dropped' }, value: events.dropped },
  ]);
  metrics.series('controller_resources', 'Resources by kind and by how they are in force', ['kind', 'state'], () => {
    const groups = Map.groupBy(documents.documents() ?? [], ({ kind, state }) => `${kind} ${state}`);
    return [...groups].map(([key, { length: value }]) => {
      const [kind = '', state = ''] = key.split(' ');
      return { labels: { kind, state }, value };
    });
  });

  const ops = createOpsServer({
    conditions: () => [
      resourcesRead(open.whyNone()),
      { name: 'lease', ok: true, ...(leads() ? {} : { reason: 'standing by: another one leads' }) },
    ],
    scrape: metrics.scrape,
    fault: (err) => logger.error({ err }, 'fault on the operations port'),
  });
  lifetime.defer(() => closeGently(ops));
  if (config.opsPort !== 0 || overrides.anyOpsPort === true)
    await listen(ops, await addressFor(config.host), overrides.anyOpsPort === true ? 0 : config.opsPort, 'ops-port');
  const opsPort = portOf(ops.server.address());
  logger.info({ opsPort, identity, version: VERSION }, 'controlling');
  let closing: Promise<void> | undefined;
  return { opsPort, identity, leads, close: () => (closing ??= lifetime.disposeAsync()) };
}

function resourcesRead(reason: string | undefined): Condition {
  return { name: 'resources', ...(reason === undefined ? { ok: true } : { ok: false, reason }) };
}
