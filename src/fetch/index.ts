export { createEvidenceSource } from './evidence-source.ts';
export type { FetchStats, RegistrySource } from './evidence-source.ts';
export { readDockerConfig } from './docker-config.ts';
export type { DockerConfigResult } from './docker-config.ts';
export { evidenceFromFile, offlineSource } from './offline.ts';
export { DEFAULT_CACHE, DEFAULT_LIMITS } from './options.ts';
export type { CacheSettings, FetchLimits, FetchOptions, HostLookup, ProxySettings, ResolvedAddress } from './options.ts';
