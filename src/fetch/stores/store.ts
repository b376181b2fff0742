/** What a store of evidence has to know: what to ask for an artifact, and how to read the answer. Types alone. */
import type { ArtifactKind } from '../../domain/artifact/artifact.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { Revision } from '../../domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch } from '../../domain/ports.ts';

/** One question to a store. */
export interface StoreQuestion {
  /** Below the address of the store, with a slash at its beginning; every part of it is checked or encoded. */
  readonly path: string;
  readonly accept: string;
  /** A body of more bytes is not read to its end. */
  readonly maxBytes: number;
  /** Which answer it is, for messages: `the envelopes about sha256:ab…`. */
  readonly what: string;
  /** JSON that is posted; absent: the question is a GET. */
  readonly post?: string;
}

/** An answer with status 200. */
export interface StoreAnswer {
  readonly body: Uint8Array;
  /** The header `Link`, as it came. */
  readonly link?: string;
}

/**
 * Asks one store below its own address, with its own token. What is absent (404, 410) is `undefined`; redirects are not followed;
 * everything else that is no complete answer within the bounds throws a FetchFailure.
 */
export type AskStore = (question: StoreQuestion, signal: AbortSignal) => Promise<StoreAnswer | undefined>;

/** How much is taken from one store for one artifact. */
export interface StoreBounds {
  /** Pieces of evidence; where there are more, none is read. */
  readonly pieces: number;
  /** Bytes of all pieces together. */
  readonly bytes: number;
  readonly pages: number;
  /** Questions under way for one artifact. */
  readonly concurrency: number;
}

/** About what a store is asked. */
export interface Wanted {
  readonly kind: ArtifactKind;
  readonly name: string;
  readonly digest: Digest | Revision;
}

/** A store that can be asked. */
export interface OpenStore {
  readonly ask: AskStore;
  /** Kind and host, begins the source of every piece and problem: `archivista evidence.acme.example`. */
  readonly label: string;
  readonly bounds: StoreBounds;
  /** Pieces that it gave about this artifact before: what it names by a hash need not be fetched again. */
  readonly held?: readonly UnverifiedEvidence[];
  /** The way to an address that an answer names, without token; `undefined` unless the configuration names where it begins. */
  readonly elsewhere?: ((url: string) => { readonly ask: AskStore; readonly path: string } | undefined) | undefined;
}

/**
 * Evidence by the digest of an artifact, and nothing of what that is worth: the store is believed in nothing. What it does not have is an
 * empty batch without problems; what it could not say is a problem whose reason is undetermined, or a FetchFailure.
 */
export type FindEvidence = (wanted: Wanted, store: OpenStore, signal: AbortSignal) => Promise<EvidenceBatch>;
