/** Sources of policies over the network, each on real ground: registries or a mirror, those who sign, and what is told. */
import { join } from 'node:path';
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import { openPolicySigners } from '../../feeds/policy-signers.ts';
import type { PolicySource } from '../../feeds/policies/source.ts';
import { createFileStore } from '../../feeds/trust-roots/index.ts';
import { createEvidenceSource, createTufMirror, helperEnvironment } from '../../fetch/index.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { OciSourceConfig } from '../../platform/config/policy-sources/oci.ts';
import type { TufSourceConfig } from '../../platform/config/policy-sources/tuf.ts';
import { readInputFile } from '../../platform/input-file.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { compileSignersAlone } from '../../policy/index.ts';
import type { Versions } from '../../signed/index.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { createTrustReader } from '../../trust/index.ts';
import { readAuthsFile } from '../docker-auths.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';
import { createOciSource } from './oci-source.ts';
import { openSignerCertificates } from './signer-certificates.ts';
import { createTufSource } from './tuf-source.ts';

/** What sources over the network take of the configuration. */
export type RemoteConfig = Pick<ServerConfig, 'registries' | 'plainHttp' | 'dockerConfig' | 'credentialHelpers' | 'trust' | 'evidenceSources'>;

/** What they take besides. */
export interface RemoteParts {
  readonly logger: Pick<Telemetry['logger'], 'info' | 'warn' | 'error'>;
  readonly metrics: Pick<Telemetry['metrics'], 'series'>;
  readonly lifetime: Lifetime;
  /** Of signed policies: what was seen of tags is kept with what was seen of documents. */
  readonly versions: Versions;
  /** How often files are looked at, milliseconds. */
  readonly pollMs?: number | undefined;
}

/** An entry of `policySources`, as far as it is about the network. */
export interface RemoteSource {
  readonly oci?: OciSourceConfig | undefined;
  readonly tuf?: TufSourceConfig | undefined;
}

/** Opens all of them, in their order; rejects for files of the configuration that cannot be used, never for what does not answer. */
export async function openRemoteSources(
  entries: readonly RemoteSource[], config: RemoteConfig, parts: RemoteParts,
): Promise<readonly PolicySource[]> {
  const states = new Map<string, string>();
  if (entries.some(({ oci, tuf }) => oci !== undefined || tuf !== undefined))
    parts.metrics.series('policy_source_info', 'The state of each source of policies over the network that was read last', ['source', 'version'], () =>
      [...states].map(([source, version]) => ({ labels: { source, version }, value: 1 })));
  const opened: PolicySource[] = [];
  const placeOf = createPlaces();
  for (const { oci, tuf } of entries) {
    if (oci !== undefined) {
      const read = parseImageReference(oci.ref);
      const place = placeOf(read.ok ? read.reference.name : oci.ref);
      opened.push(await openOci(oci, config, parts, { place, ...tellOf(`oci ${oci.ref}`, parts, states) }));
    }
    if (tuf !== undefined) {
      const place = placeOf(tuf.mirror);
      opened.push(await openTuf(tuf, config, parts, { place, ...tellOf(`tuf ${place}`, parts, states) }));
    }
  }
  return opened;
}

/** Two sources of one repository are two: problems, and what was good, are told apart by their names. */
function createPlaces(): (name: string) => string {
  const seen = new Map<string, number>();
  return (name) => {
    const many = (seen.get(name) ?? 0) + 1;
    seen.set(name, many);
    return many === 1 ? name : `${name} (${many})`;
  };
}

/** Policies from a registry. The host of the reference may be private: the configuration names it. */
async function openOci(source: OciSourceConfig, config: RemoteConfig, parts: RemoteParts, told: Told): Promise<PolicySource> {
  const { lifetime, versions, pollMs } = parts;
  const read = parseImageReference(source.ref);
  const registries = createEvidenceSource({
    ...outbound(),
    registries: config.registries,
    plainHttp: config.plainHttp,
    evidenceSources: config.evidenceSources,
    dockerAuths: config.dockerConfig === undefined ? undefined : await readAuthsFile(config.dockerConfig),
    literalHosts: () => new Set(read.ok ? [read.reference.host] : []),
    // It is looked at seldom, and then anew.
    cache: { absenceTTL: 0, tagTTL: 0 },
    helperDir: config.credentialHelpers,
    helperEnv: helperEnvironment(process.env),
  });
  lifetime.defer(() => registries.close());
  const signers = await openPolicySigners({
    paths: source.signedBy, pollMs,
    compile: (files) => compileSignersAlone(files, createTrustReader()),
    refused: (problem) => parts.logger.error({ source: source.ref, problem }, 'new signers of policies refused, those in force stay'),
  });
  lifetime.defer(() => signers.close());
  const certificates = openSignerCertificates({
    trust: () => signers.current().trust, network: () => config, logger: parts.logger,
  }, lifetime);
  const opened = createOciSource(source, { registries, signers: signers.current, versions, certificates, ...told });
  lifetime.defer(() => opened.close());
  signers.changed(() => {
    certificates.followListed();
    void opened.refresh();
  });
  return opened;
}

/** Policies from a TUF repository. Its metadata is kept in `trust.cacheDir`, so that nothing older is believed after a restart. */
async function openTuf(source: TufSourceConfig, config: RemoteConfig, parts: RemoteParts, told: Told): Promise<PolicySource> {
  const { lifetime, logger } = parts;
  const mirror = createTufMirror({ ...outbound(), plainHttp: config.plainHttp, registries: config.registries });
  lifetime.defer(() => mirror.close());
  const { cacheDir } = config.trust;
  const folder = cacheDir === undefined ? undefined : join(cacheDir, `policies-${sha256Hex(new TextEncoder().encode(source.mirror)).slice(0, 32)}`);
  if (folder === undefined) logger.warn({ source: source.mirror }, 'trust.cacheDir is not set: after a restart older policies of a TUF repository are believed again');
  const store = createFileStore(folder, (problem) => logger.warn({ problem }, 'trust.cacheDir cannot be written, TUF metadata is kept in memory only'));
  const root = await readInputFile(source.root);
  const opened = createTufSource(source, { root, store, files: mirror.files, ...told });
  lifetime.defer(() => opened.close());
  return opened;
}

/** What a source is called, and who is told of it: each state that came, and each that cannot be used. */
interface Told {
  readonly place: string;
  readonly took: (version: string) => void;
  readonly refused: (problem: string, ready: boolean) => void;
}

function tellOf(source: string, { logger }: Pick<RemoteParts, 'logger'>, states: Map<string, string>): Omit<Told, 'place'> {
  return {
    took(version) {
      states.set(source, version);
      logger.info({ source, version }, 'policies brought');
    },
    refused: (problem, ready) =>
      logger.error({ source, problem }, ready ? 'policies cannot be brought, those that are there stay' : 'policies cannot be brought, there are none'),
  };
}
