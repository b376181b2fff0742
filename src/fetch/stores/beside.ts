/** Evidence from stores besides what is found where the artifact lies. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { DefinitionSource, DigestResolver, EvidenceBatch, EvidenceLookup, EvidenceSource } from '../../domain/ports.ts';
import { withManifest } from '../evidence/with-manifest.ts';
import type { Kept } from '../packages/kept.ts';
import type { StoreLookup } from './look-up.ts';
import type { EvidenceStores } from './source.ts';

type Source = EvidenceSource & DigestResolver & Partial<DefinitionSource>;

/**
 * The source, with the stores asked after it: first what is kept of them, which costs nothing, then the source, then the stores that
 * are left, all at the same time and each heard as soon as it answers. So a store that is slow or down keeps back nothing that lies
 * elsewhere; what it could not say is one more problem beside what was found, and stays undetermined. What says nothing without the
 * manifest of its image gets it from the source.
 */
export function besideStores(source: Source, stores: EvidenceStores): Source {
  return {
    ...source,
    open(artifact: Artifact, scope, how) {
      const asked = stores.for(artifact);
      const first = source.open(artifact, scope, how);
      const { manifest } = source;
      const join = (lookup: EvidenceLookup): EvidenceLookup => {
        const all = asked.length === 0 ? lookup : new WithStores(lookup, asked, how?.fresh === true);
        if (manifest === undefined || artifact.kind !== 'image') return all;
        return withManifest(all, artifact, (signal) => manifest(artifact, scope, signal), asked.length > 0);
      };
      return first instanceof Promise ? first.then(join) : join(first);
    },
  };
}

/** Batches in the order in which they came. A class, since accessors in literals cost (ADR 0003). */
class WithStores implements EvidenceLookup {
  readonly batches: EvidenceBatch[];
  readonly #first: EvidenceLookup;
  readonly #left: readonly { readonly store: StoreLookup; readonly given: readonly UnverifiedEvidence[] }[];
  #isFirstDone = false;
  #oldest: number | undefined;
  #waiting: Map<number, Promise<readonly [number, Kept<EvidenceBatch>]>> | undefined;

  constructor(first: EvidenceLookup, stores: readonly StoreLookup[], fresh: boolean) {
    this.#first = first;
    this.batches = [...first.batches];
    const left: { readonly store: StoreLookup; readonly given: readonly UnverifiedEvidence[] }[] = [];
    for (const store of stores) {
      const known = store.known(fresh);
      const part = known === undefined && !fresh ? store.part() : undefined;
      const kept = known ?? part;
      if (kept !== undefined) this.#take(kept, []);
      // A part may be enough; it never stands for what the store has.
      if (known === undefined) left.push({ store, given: part?.value.evidence ?? [] });
    }
    this.#left = left;
  }

  get fetchedAt(): number {
    return Math.min(this.#first.fetchedAt, this.#oldest ?? Infinity);
  }

  async next(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    if (!this.#isFirstDone) {
      const batch = await this.#first.next(signal);
      if (batch !== undefined) {
        this.batches.push(batch);
        return batch;
      }
      this.#isFirstDone = true;
    }
    this.#waiting ??= new Map(this.#left.map(({ store }, index) => [index, store.ask(signal).then((kept) => [index, kept] as const)]));
    if (this.#waiting.size === 0) return undefined;
    const [index, kept] = await Promise.race(this.#waiting.values());
    this.#waiting.delete(index);
    return this.#take(kept, this.#left[index]?.given ?? []);
  }

  /** Takes what a store gave, without what it had given this look-up before. */
  #take({ value, at }: Kept<EvidenceBatch>, given: readonly UnverifiedEvidence[]): EvidenceBatch {
    const before = new Set(given.map(({ digest }) => digest));
    const batch = before.size === 0 ? value : { ...value, evidence: value.evidence.filter(({ digest }) => !before.has(digest)) };
    this.#oldest = Math.min(this.#oldest ?? at, at);
    this.batches.push(batch);
    return batch;
  }
}
