/** Two sources as one: what files say, and then what the registry has. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { DefinitionSource, DigestResolver, EvidenceBatch, EvidenceSource } from '../../domain/ports.ts';
import type { PackageSource } from '../packages/source.ts';

/** Evidence from files first, then from the registry or the ecosystem; what has neither (files, digests) is judged by the files alone. */
export function besides(
  given: EvidenceBatch,
  files: EvidenceSource & DigestResolver,
  registry: EvidenceSource & DigestResolver & Partial<DefinitionSource>,
  packages?: PackageSource,
): EvidenceSource & DigestResolver & Partial<DefinitionSource> {
  const of = ({ kind }: Pick<Artifact, 'kind'>): EvidenceSource & DigestResolver =>
    kind === 'image' ? registry : kind === 'package' ? (packages ?? files) : files;
  return {
    async open(artifact, scope, how) {
      const source = of(artifact);
      const lookup = await source.open(artifact, scope, how);
      if (source === files) return lookup;
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
    diagnose: (artifact, scope, signal) => of(artifact).diagnose(artifact, scope, signal),
    parentIndex: (artifact, scope, signal) => of(artifact).parentIndex(artifact, scope, signal),
    ...(packages === undefined ? {} : { index: packages.index, knownIndex: packages.knownIndex }),
    ...(registry.manifest === undefined ? {} : { manifest: registry.manifest }),
    ...(registry.layers === undefined ? {} : { layers: registry.layers }),
    ...(registry.bundle === undefined ? {} : { bundle: registry.bundle }),
    resolve: (ref, scope, signal) => of(ref).resolve(ref, scope, signal),
  };
}
