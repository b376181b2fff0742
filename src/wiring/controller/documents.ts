/** The documents that the controller judges: resources of the cluster, compiled with the trust roots that they name. */
import type { KubeApi } from '../../cluster/api.ts';
import { compileResources } from '../../controller/documents/compiled.ts';
import type { Compile } from '../../controller/documents/compiled.ts';
import type { CompiledDocuments, ObservedObjects } from '../../controller/documents/documents.ts';
import { followResources } from '../../controller/documents/resources.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import type { Lifetime } from '../lifetime.ts';
import { openTrustRoots } from '../trust/roots.ts';

/** Documents, the objects that they are, and what is followed for them. */
export interface OpenDocuments {
  readonly documents: CompiledDocuments;
  readonly observed: ObservedObjects;
  /** Trust roots that have nothing that may be used, with the cause. */
  unusableRoots(): ReadonlyMap<string, string>;
  feeds(): readonly Feed<unknown>[];
  /** Why there are no documents yet; `undefined` when there are. */
  whyNone(): string | undefined;
}

/** Opens them; an API server that does not answer is no error, and stands in `whyNone`. */
export async function openDocuments(config: ServerConfig, api: KubeApi, telemetry: Telemetry, lifetime: Lifetime): Promise<OpenDocuments> {
  const { logger } = telemetry;
  const roots = openTrustRoots(config, telemetry, lifetime);
  const failed = seldom((problem) => logger.warn({ problem }, 'resources cannot be followed'));
  const resources = followResources(api, { failed });
  lifetime.defer(() => resources.close());
  const ended = new AbortController();
  lifetime.defer(() => ended.abort());
  const compile: Compile = async (files) => roots.compile(files, ended.signal);
  const documents = compileResources(resources, compile, (err) => logger.error({ err }, 'fault while resources were compiled'));
  lifetime.defer(() => documents.close());
  await roots.follow(() => Promise.resolve(documents.recompile()));
  return {
    documents,
    observed: resources,
    unusableRoots: () => unusable(roots.feeds()),
    feeds: () => [...resources.feeds, ...roots.feeds()],
    whyNone: () => (documents.documents() === undefined ? whyNone(resources.feeds) : undefined),
  };
}

/** What seven kinds say of one outage, said once in a while. */
function seldom(tell: (problem: string) => void): (problem: string) => void {
  let told = -Infinity;
  return (problem) => {
    if (performance.now() - told < 30_000) return;
    told = performance.now();
    tell(problem);
  };
}

function unusable(feeds: readonly Feed<unknown>[]): ReadonlyMap<string, string> {
  return new Map(feeds.filter((feed) => feed.current() === undefined).map((feed) => [
    feed.name.replace(/^trust-root\//, ''), feed.condition().problem ?? 'its TUF repository has not answered yet',
  ]));
}

function whyNone(feeds: readonly Feed<unknown>[]): string {
  const missing = feeds.filter((feed) => feed.current() === undefined);
  const problem = missing.map((feed) => feed.condition().problem).find((one) => one !== undefined);
  return problem ?? (missing.length > 0 ? 'resources are being listed' : 'resources are being compiled');
}
