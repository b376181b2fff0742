/** What other rooms may use of fetching. */
export { createEvidenceSource } from './evidence/source.ts';
export type { FetchStats, RegistrySource } from './evidence/source.ts';
export { readDockerConfig } from './credentials/docker-config.ts';
export type { DockerConfigResult } from './credentials/docker-config.ts';
export { helperEnvironment } from './credentials/helper-environment.ts';
export { besides } from './files/besides.ts';
export { evidenceOfRun } from './files/run-annotations.ts';
export { evidenceFromFile, offlineSource } from './files/offline.ts';
export { createTufMirror } from './tuf-mirror.ts';
export type { TufMirror, TufMirrorOptions } from './tuf-mirror.ts';
export { lookupThreads, sharedLookup } from '../net/resolver.ts';
export { DEFAULT_CACHE, DEFAULT_LIMITS } from '../net/options.ts';
export type { CacheSettings, FetchLimits, FetchOptions, HostLookup, ProxySettings, ResolvedAddress } from '../net/options.ts';
export { sourceByKind } from './by-kind.ts';
export type { SourcesByKind } from './by-kind.ts';
export { createPackageSource } from './packages/source.ts';
export type { PackageSource, PackageStats } from './packages/source.ts';
export type { EcosystemAddress } from './packages/ask.ts';
