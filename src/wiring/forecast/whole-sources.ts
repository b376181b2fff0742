/** Folders, artifacts and repositories of the configuration, each read once: what replicas have beside the objects of the cluster. */
import type { WholeOffer } from '../../feeds/policies/composed/offer.ts';
import { listPolicyFiles, readPolicyFiles } from '../../feeds/policies/files.ts';
import { FOLDERS } from '../../feeds/policies/judge.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Versions } from '../../signed/index.ts';
import { withLifetime } from '../lifetime.ts';
import type { Lifetime } from '../lifetime.ts';
import { openRemoteSources } from '../signed/sources.ts';
import type { RemoteSource } from '../signed/sources.ts';

/** What of them could be read, and what could not. */
export interface WholeRead {
  readonly offers: readonly WholeOffer[];
  readonly problems: readonly string[];
}

/** How they are read. */
export interface WholeReading {
  /** Nobody is asked over the network. */
  readonly offline: boolean;
  readonly versions: Versions;
}

const ELSEWHERE = 'replicas may have policies there that are not looked at';

/** Reads all of them in the order in which replicas compile them. Never rejects: what cannot be read here is told. */
export async function readWholeSources(config: ServerConfig, reading: WholeReading): Promise<WholeRead> {
  const offers: WholeOffer[] = [];
  const problems: string[] = [];
  const further = config.policySources.flatMap(({ files }) => (files === undefined ? [] : [[files]]));
  const folders = [...(config.policies.length === 0 ? [] : [config.policies]), ...further];
  for (const [index, paths] of folders.entries()) {
    try {
      offers.push({ name: index === 0 ? FOLDERS : `${FOLDERS}-${index + 1}`, files: await readPolicyFiles(await listPolicyFiles(paths)) });
    } catch (cause) {
      problems.push(`${messageOf(cause)}: ${ELSEWHERE}`);
    }
  }
  const remote = config.policySources.filter(({ oci, tuf }) => oci !== undefined || tuf !== undefined);
  await withLifetime(async (lifetime) => {
    for (const entry of remote) {
      try {
        if (reading.offline) throw new Error('nobody is asked with --offline');
        offers.push(await readRemote(entry, config, reading, lifetime));
      } catch (cause) {
        problems.push(`policies of ${entry.oci?.ref ?? entry.tuf?.mirror ?? ''}: ${messageOf(cause)}: ${ELSEWHERE}`);
      }
    }
    await lifetime.disposeAsync();
  });
  return { offers, problems };
}

const nothing = (): void => undefined;

/** Nothing that was seen before is known here, and nothing of this is kept. */
async function readRemote(
  entry: RemoteSource, config: ServerConfig, { versions }: WholeReading, lifetime: Lifetime,
): Promise<WholeOffer> {
  const { cacheDir: _cacheDir, ...trust } = config.trust;
  const [source] = await openRemoteSources([entry], { ...config, trust }, {
    logger: { info: nothing, warn: nothing, error: nothing }, metrics: { series: nothing }, lifetime, versions,
  });
  await source?.refresh();
  const content = source?.current();
  if (source === undefined || content === undefined) throw new Error(source?.condition().problem ?? 'could not be brought');
  return { name: source.name, files: content.files, version: content.version };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
