/** Evidence by the kind of artifact: images from registries, packages from their ecosystems, everything from whoever brings it along. */
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { DefinitionSource, DigestResolver, EvidenceBatch, EvidenceLookup, EvidenceSource, FetchProblem } from '../domain/ports.ts';
import { offlineLookup } from './files/offline.ts';
import type { PackageSource } from './packages/source.ts';

/** Where evidence of each kind is found; a kind without a source has only what is brought along. */
export interface SourcesByKind {
  readonly images: EvidenceSource & DigestResolver & DefinitionSource;
  readonly packages?: PackageSource;
}

/** One source for artifacts of every kind. What was brought along comes first; it never stands in the place of what is found. */
export function sourceByKind({ images, packages }: SourcesByKind): EvidenceSource & DigestResolver & DefinitionSource {
  const of = ({ kind }: Pick<Artifact, 'kind'>): (EvidenceSource & DigestResolver) | undefined =>
    kind === 'image' ? images : kind === 'package' ? packages : undefined;
  return {
    open(artifact, scope, how) {
      const found = of(artifact)?.open(artifact, scope, how) ?? offlineLookup(NOTHING, 0);
      if (artifact.presented === undefined) return found;
      const { evidence, problems } = artifact.presented;
      const given: EvidenceBatch = { evidence, problems: problems as readonly FetchProblem[] };
      return found instanceof Promise ? found.then((lookup) => new Besides(given, lookup)) : new Besides(given, found);
    },
    diagnose: (artifact, scope, signal) => of(artifact)?.diagnose(artifact, scope, signal) ?? Promise.resolve([]),
    parentIndex: (artifact, scope, signal) => of(artifact)?.parentIndex(artifact, scope, signal) ?? Promise.resolve(undefined),
    layers: (artifact, scope, signal) =>
      images.layers?.(artifact, scope, signal) ?? Promise.resolve({ ok: false, problem: noLayers(artifact.name) }),
    ...(images.manifest === undefined ? {} : { manifest: images.manifest }),
    ...(packages === undefined ? {} : { index: packages.index, knownIndex: packages.knownIndex }),
    bundle: (ref, entry, scope, signal) => images.bundle(ref, entry, scope, signal),
    resolve(ref, scope, signal) {
      if (ref.digest !== undefined) return Promise.resolve({ ok: true, digest: ref.digest });
      return of(ref)?.resolve(ref, scope, signal) ?? Promise.resolve({ ok: false, problem: unresolvable(ref.raw) });
    },
  };
}

const NOTHING: EvidenceBatch = { evidence: [], problems: [] };

function noLayers(source: string): FetchProblem {
  return { code: 'FETCH_UNREACHABLE', source, cause: 'layers are read of images alone' };
}

function unresolvable(source: string): FetchProblem {
  return { code: 'INPUT_DIGEST_MISSING', source, found: 'no digest', cause: 'nothing says which content is meant' };
}

/** What was brought along, and then what is found. A class, since accessors in literals cost (ADR 0003). */
class Besides implements EvidenceLookup {
  readonly #given: EvidenceBatch;
  readonly #found: EvidenceLookup;

  constructor(given: EvidenceBatch, found: EvidenceLookup) {
    this.#given = given;
    this.#found = found;
  }

  get batches(): readonly EvidenceBatch[] {
    return [this.#given, ...this.#found.batches];
  }

  get fetchedAt(): number {
    return this.#found.fetchedAt;
  }

  next(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    return this.#found.next(signal);
  }
}
