/** The replicas are asked what their policies did, where the configuration says by what they show who they are. */
import { askReplica } from '../../controller/activity/ask.ts';
import { createPull } from '../../controller/activity/pull.ts';
import type { PulledActivity, PullOptions } from '../../controller/activity/pull.ts';
import { followReplicas } from '../../controller/activity/replicas.ts';
import type { KubeApi } from '../../cluster/api.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import type { Lifetime } from '../lifetime.ts';

/** Activity of all replicas, and what is followed for it. */
export type OpenActivity = Pick<PulledActivity, 'of' | 'changed' | 'isKnown' | 'run'> & { readonly feeds: readonly Feed<unknown>[] };

/** What it is opened with. */
export interface ActivityParts extends Pick<PullOptions, 'denied'> {
  readonly telemetry: Telemetry;
  readonly lifetime: Lifetime;
}

/** Opens it; where replicas cannot be asked it says nothing of any policy, and why stands in the log. */
export function openActivity(
  { namespace, service, port, serverName = `${service}.${namespace}.svc`, ca, tokenFile, ask }: ServerConfig['controller'],
  api: KubeApi,
  { denied, telemetry: { logger, metrics }, lifetime }: ActivityParts,
): OpenActivity {
  if (ca === undefined || tokenFile === undefined) {
    logger.info('controller.ca and controller.tokenFile are not set: replicas are not asked what they did, and there are no Events of denials');
    return { feeds: [], isKnown: true, of: () => undefined, changed: () => () => undefined, run: () => Promise.resolve() };
  }
  const replicas = followReplicas(api, { namespace, service, port }, {
    failed: (problem) => logger.warn({ problem }, 'replicas cannot be followed'),
  });
  lifetime.defer(() => replicas.close());
  const pull = createPull({
    replicas: replicas.all,
    ask: (replica) => askReplica(replica, { serverName, ca, tokenFile }),
    everyMs: ask,
    denied,
    failed: ({ host, port: at }, problem) => logger.warn({ replica: `${host}:${at}`, problem }, 'a replica does not say what it did'),
  });
  metrics.series('controller_replicas', 'Replicas of the server, and those that said at the last look what they did', ['state'], () => [
    { labels: { state: 'there' }, value: pull.there }, { labels: { state: 'answered' }, value: pull.answered },
  ]);
  return { feeds: [replicas.feed], of: pull.of, changed: pull.changed, run: pull.run, get isKnown() { return pull.isKnown; } };
}
