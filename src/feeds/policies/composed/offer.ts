/** What is wanted of all sources, what is remembered of them, and how it is compiled. */
import type { PolicyProblem, PolicySet } from '../../../domain/policy/policy.ts';
import type { Unusable, UnusableDocument } from '../../../domain/unusable-document.ts';
import type { PolicyFile } from '../files.ts';
import type { Compiled } from '../judge.ts';
import type { ResourceDocument } from '../sources/kinds.ts';

/** What is compiled besides files. */
export interface CompileExtras {
  readonly standIns: readonly UnusableDocument[];
  readonly unusable: Unusable;
}

/** Compiles documents once, in slices. Rejects with the signal's reason when it fires. */
export type CompileDocuments = (files: readonly PolicyFile[], signal: AbortSignal, extras?: CompileExtras) => Compiled | Promise<Compiled>;

/** Runs work that compiles several times; all that it asks for on the way (trust roots over TUF) counts as asked for by its result. */
export type Composing = <T extends { readonly set?: PolicySet | undefined }>(work: (compile: CompileDocuments) => Promise<T>) => Promise<T>;

/** Files of a whole source, and what people call their state. */
export interface WholeContent {
  readonly files: readonly PolicyFile[];
  readonly version?: string | undefined;
}

/** The content of a whole source under its name. */
export interface WholeOffer extends WholeContent {
  readonly name: string;
}

/** What the sources hold at one moment. */
export interface Offer {
  readonly whole: readonly WholeOffer[];
  readonly resources: readonly ResourceDocument[];
}

/** Forms that were in force without a mistake, in memory alone. */
export interface LastGood {
  /** Those of all whole sources that were in force together; empty before the first. */
  readonly whole: ReadonlyMap<string, WholeContent>;
  /** By key, each with the uid of its object: what is deleted and made again begins anew. */
  readonly resources: ReadonlyMap<string, { readonly uid: string; readonly file: PolicyFile }>;
}

export const NOTHING_GOOD: LastGood = { whole: new Map(), resources: new Map() };

/**
 * What is in force of a document: itself; its last good form; a stand-in, under which what it speaks about is undetermined; nothing, and
 * what relies on it is undetermined (Signer, TrustRoot) or not let through (AdmissionException).
 */
export type Form = 'good' | 'lastGood' | 'standIn' | 'leftOut';

/** What composing came to. */
export interface Composition {
  /** Absent: nothing of it can be in force, for these problems. */
  readonly set?: PolicySet | undefined;
  readonly problems: readonly PolicyProblem[];
  /** How many documents each file holds that is no object. */
  readonly documents?: Compiled['documents'];
  /** What was compiled last. */
  readonly files: readonly PolicyFile[];
  /** What is in force of whole sources; those that had to fall back with their problems. */
  readonly whole: readonly (WholeOffer & { readonly problems: readonly PolicyProblem[] })[];
  readonly resources: readonly ComposedResource[];
}

/** What became of one object. */
export interface ComposedResource {
  readonly document: ResourceDocument;
  readonly form: Form;
  readonly problems: readonly PolicyProblem[];
  /** What is in force in its place: its last good form. */
  readonly inForce?: PolicyFile | undefined;
}
