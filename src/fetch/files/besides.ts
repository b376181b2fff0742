/** Two sources as one: what files say, and then what the registry has. */
import type { DefinitionSource, DigestResolver, EvidenceBatch, EvidenceSource } from '../../domain/ports.ts';

/** Evidence from files first, then from the registry; what has no registry (files, digests) is judged by the files alone. */
export function besides(
  given: EvidenceBatch,
  files: EvidenceSource & DigestResolver,
  registry: EvidenceSource & DigestResolver & Partial<DefinitionSource>,
): EvidenceSource & DigestResolver & Partial<DefinitionSource> {
  return {
    async open(artifact, scope, how) {
      if (artifact.kind !== 'image') return files.open(artifact, scope, how);
      const lookup = await registry.open(artifact, scope, how);
      return {
        get batches() {
          return [given, ...lookup.batches];
        },
        get fetchedAt() {
          return lookup.fetchedAt;
        },
        next: (signal) => lookup.next(signal),
      };
    },
    diagnose: (artifact, scope, signal) => (artifact.kind === 'image' ? registry : files).diagnose(artifact, scope, signal),
    parentIndex: (artifact, scope, signal) => (artifact.kind === 'image' ? registry : files).parentIndex(artifact, scope, signal),
    ...(registry.layers === undefined ? {} : { layers: registry.layers }),
    ...(registry.bundle === undefined ? {} : { bundle: registry.bundle }),
    resolve: (ref, scope, signal) => (ref.kind === 'image' ? registry : files).resolve(ref, scope, signal),
  };
}
