/** What an ecosystem of packages has to know: where evidence of a package lies, and what its index says. Types alone. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import type { IndexEntry, IndexQuestion } from '../../domain/artifact/package-index.ts';
import type { EvidenceBatch } from '../../domain/ports.ts';

/** The ecosystems that are asked for evidence, by the type of their package URLs. */
export const ECOSYSTEMS = ['npm', 'pypi', 'golang', 'cargo'] as const;
export type EcosystemName = (typeof ECOSYSTEMS)[number];

/** One question to an ecosystem. */
export interface PackageQuestion {
  /** Below the address of the ecosystem, with a slash at its beginning; every part of it is checked or encoded. */
  readonly path: string;
  readonly accept: string;
  /** A body of more bytes is not read to its end. */
  readonly maxBytes: number;
  /** Which answer it is, for messages: `the attestations of lib@1.0.0`. */
  readonly what: string;
}

/**
 * Asks one ecosystem below its own address. What is absent (404, 410) is `undefined`; redirects are not followed; everything else that
 * is no complete answer within the bounds throws a FetchFailure.
 */
export type AskEcosystem = (question: PackageQuestion, signal: AbortSignal) => Promise<Uint8Array | undefined>;

/** A package as its ecosystem is asked for it. */
export interface WantedPackage {
  readonly url: PackageUrl;
  /** Absent when it is to be found out. */
  readonly digest?: Digest;
}

/** One ecosystem: how it answers, and nothing of what that is worth. Both throw FetchFailure. */
export interface Ecosystem {
  /** Its evidence about these bytes under this name; what could not be had stands beside what was. */
  evidence(wanted: WantedPackage & { readonly digest: Digest }, ask: AskEcosystem, signal: AbortSignal): Promise<EvidenceBatch>;
  /** What its index says of this version; `undefined` when it does not list it. */
  index(url: PackageUrl, question: IndexQuestion, ask: AskEcosystem, signal: AbortSignal): Promise<IndexEntry | undefined>;
}
