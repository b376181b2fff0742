/** The documents of the cluster and what compiling them brought, as status is written from it. */
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';

/**
 * How a document is in force. `good`: as it is written. `lastGood`: as it was written before it broke. `standIn`: it was never good, and
 * what it speaks about is undetermined. `leftOut`: it was never good, and could only have let something through.
 */
export type DocumentState = 'good' | 'lastGood' | 'standIn' | 'leftOut';

/** One document, judged. */
export interface JudgedDocument {
  /** `ClusterArtifactPolicy acme-images`; the file of its problems. */
  readonly key: string;
  readonly kind: string;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
  /** `metadata.generation` of what was judged: it grows with the spec alone. */
  readonly generation?: number;
  readonly resourceVersion: string;
  readonly state: DocumentState;
  /** Errors of this document. */
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
}

/** All documents, compiled together. */
export interface CompiledDocuments {
  /** `undefined` before all kinds were listed and compiled once. */
  documents(): readonly JudgedDocument[] | undefined;
  /** The set that they make; `undefined` while they make none. */
  set(): PolicySet | undefined;
  /** Calls the listener whenever documents were compiled; gives what ends that. */
  changed(listener: () => void): () => void;
}

/** What is in the cluster besides the document: read for the times of conditions and for Events, and never for what a policy means. */
export interface ObservedObject {
  readonly uid: string;
  /** Unchecked. */
  readonly status: unknown;
}

/** Objects as they are followed, by the key of the document. */
export interface ObservedObjects {
  get(key: string): ObservedObject | undefined;
  /** How they are compared with those of a moment ago. */
  changed(listener: () => void): () => void;
}
