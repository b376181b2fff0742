import type { RegistryTarget } from './push.ts';
import type { TestRegistry } from './registry.ts';

/** The in-process registry as a place to push to, without going through HTTP. */
export function registryTarget(registry: TestRegistry): RegistryTarget {
  return {
    putBlob: (repository, _digest, bytes) => void registry.pushBlob(repository, bytes),
    putManifest: (repository, reference, bytes, mediaType) => registry.pushManifest(repository, reference, bytes, mediaType),
    getManifest: (repository, reference) => registry.store.getManifest(repository, reference)?.bytes,
  };
}
