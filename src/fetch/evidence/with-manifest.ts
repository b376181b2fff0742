/** Pieces that say nothing without the manifest of the image, from wherever they came: it is read for them where the image lies. */
import { bytesDigest } from '../../domain/artifact/revision.ts';
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch, EvidenceLookup } from '../../domain/ports.ts';
import { needsMessage, withSignedMessage } from './signed-message.ts';

/** Reads the manifest of the image; rejects with what stood in the way. */
export type ReadManifest = (signal: AbortSignal) => Promise<Uint8Array | undefined>;

/**
 * The look-up as it is, unless stores are asked or something was brought along that lacks the manifest: then such pieces come last, with
 * it, or with the reason why it cannot be had. Nothing is read before everything else was heard, and never more than once.
 */
export function withManifest(lookup: EvidenceLookup, { digest }: Artifact, read: ReadManifest, mayLack: boolean): EvidenceLookup {
  const subject = bytesDigest(digest);
  return subject !== undefined && (mayLack || lookup.batches.some(({ evidence }) => evidence.some(lacksMessage)))
    ? new WithManifest(lookup, (held, signal) => withSignedMessage({ evidence: held, problems: [] }, subject, () => read(signal)))
    : lookup;
}

function lacksMessage(piece: UnverifiedEvidence): boolean {
  return piece.message === undefined && needsMessage(piece);
}

class WithManifest implements EvidenceLookup {
  readonly batches: EvidenceBatch[] = [];
  readonly #lookup: EvidenceLookup;
  readonly #complete: (held: readonly UnverifiedEvidence[], signal: AbortSignal) => Promise<EvidenceBatch>;
  #held: readonly UnverifiedEvidence[] = [];

  constructor(lookup: EvidenceLookup, complete: (held: readonly UnverifiedEvidence[], signal: AbortSignal) => Promise<EvidenceBatch>) {
    this.#lookup = lookup;
    this.#complete = complete;
    for (const batch of lookup.batches) this.#take(batch);
  }

  get fetchedAt(): number {
    return this.#lookup.fetchedAt;
  }

  async next(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    const batch = await this.#lookup.next(signal);
    if (batch !== undefined) return this.#take(batch);
    if (this.#held.length === 0) return undefined;
    const completed = await this.#complete(this.#held, signal);
    this.#held = [];
    this.batches.push(completed);
    return completed;
  }

  /** What lacks the manifest is held back: without it nothing could be said of it. */
  #take(batch: EvidenceBatch): EvidenceBatch {
    const held = batch.evidence.filter(lacksMessage);
    const rest = held.length === 0 ? batch : { ...batch, evidence: batch.evidence.filter((piece) => !held.includes(piece)) };
    this.#held = [...this.#held, ...held];
    this.batches.push(rest);
    return rest;
  }
}
