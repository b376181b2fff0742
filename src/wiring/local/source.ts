/** Where a command finds evidence: the files it is given, and registries unless it is offline. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerAuths } from '../../domain/artifact/registry.ts';
import type { DefinitionSource, DigestResolver, EvidenceBatch, EvidenceSource } from '../../domain/ports.ts';
import {
  besides, besideStores, CloneProblem, createEvidenceSource, createPackageSource, evidenceFromFile, offlineSource, openEvidenceStores,
  OWN_ADVICE, readClone,
} from '../../fetch/index.ts';
import type { EvidenceStores, PackageSource, RegistrySource } from '../../fetch/index.ts';
import { readInputFile } from '../../platform/input-file.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { LocalOptions } from '../../surfaces/cli/context.ts';
import { readAuthsFile } from '../docker-auths.ts';
import { outbound } from '../environment.ts';
import { placesOf } from '../stores/evidence-stores.ts';
import type { Lifetime } from '../lifetime.ts';
import { asUsageError, registriesOf } from './usage.ts';

/** Evidence as the flags say: from files, and unless offline from registries. Throws UsageError when a file cannot be used. */
export async function openSource(
  options: LocalOptions,
  literalHosts: ReadonlySet<string>,
  lifetime: Lifetime,
): Promise<EvidenceSource & DigestResolver & Partial<DefinitionSource>> {
  const batches = await Promise.all(
    options.evidence.map(async (path) => evidenceFromFile(path, await readInputFile(path).catch(asUsageError))),
  );
  const given: EvidenceBatch = {
    evidence: batches.flatMap((batch) => batch.evidence),
    problems: batches.flatMap((batch) => batch.problems),
  };
  const objects = await objectsOf(options.clone);
  const files = offlineSource(given, ({ digest }) => objects.get(digest) ?? []);
  if (options.offline) return files;
  const stores = await openLocalStores(options);
  lifetime.defer(() => stores.close());
  const registries = await openRegistries(options, literalHosts, lifetime);
  return besideStores(besides(given, files, registries, openPackages(options, lifetime)), stores);
}

/** The stores that flags or the configuration name. */
async function openLocalStores({ config, evidenceStores = [], plainHttp }: LocalOptions): Promise<EvidenceStores> {
  const stores = placesOf(evidenceStores.length > 0 ? evidenceStores : (config?.evidenceStores ?? []));
  return openEvidenceStores({ ...outbound(), stores, plainHttp: [...plainHttp, ...(config?.plainHttp ?? [])] });
}

/** Raw objects of the commits that are judged, by their digests: what lies there for one of them is no evidence of another. */
async function objectsOf(clone: LocalOptions['clone']): Promise<ReadonlyMap<string, EvidenceBatch['evidence']>> {
  if (clone === undefined) return new Map();
  const { folder, commits, since } = clone;
  const programs = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const found = commits.map(async (commit) =>
    [`gitCommit:${commit}`, await readClone({ folder, commit, since, programs }).catch(asCloneProblem)] as const);
  return new Map(await Promise.all(found));
}

function asCloneProblem(cause: unknown): never {
  if (cause instanceof CloneProblem) throw new UsageError(`--repo ${cause.message}`);
  throw cause;
}

/** Registries as the flags say, with one's own credentials. */
export async function openRegistries(
  options: Pick<LocalOptions, 'registryCAs' | 'authHosts' | 'plainHttp' | 'dockerConfig'>, literalHosts: ReadonlySet<string>, lifetime: Lifetime,
): Promise<RegistrySource> {
  const registry = createEvidenceSource({
    ...outbound(),
    registries: await registriesOf(options),
    plainHttp: options.plainHttp,
    dockerAuths: await ownAuths(options.dockerConfig),
    literalHosts: () => literalHosts,
    advice: OWN_ADVICE,
  });
  lifetime.defer(() => registry.close());
  return registry;
}

/**
 * The ecosystems that flags or the configuration name; without one packages are judged by what is given. Where nothing is given
 * either nobody has looked, which is told: it is not "unsigned".
 */
function openPackages({ config, packages = [], evidence, plainHttp }: LocalOptions, lifetime: Lifetime): PackageSource | undefined {
  const ecosystems = packages.length > 0 ? packages : (config?.packages ?? []);
  if (ecosystems.length === 0 && evidence.length > 0) return undefined;
  const source = createPackageSource({ ...outbound(), ecosystems, plainHttp: [...plainHttp, ...(config?.plainHttp ?? [])] });
  lifetime.defer(() => source.close());
  return source;
}

/** Credentials of the file named, or of docker's own file if there is one. */
async function ownAuths(file: string | undefined): Promise<DockerAuths | undefined> {
  const { DOCKER_CONFIG, HOME } = process.env;
  const folder = DOCKER_CONFIG ?? (HOME === undefined ? undefined : join(HOME, '.docker'));
  const own = folder === undefined ? undefined : join(folder, 'config.json');
  const path = file ?? (own !== undefined && existsSync(own) ? own : undefined);
  return path === undefined ? undefined : readAuthsFile(path).catch(asUsageError);
}
