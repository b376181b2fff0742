/** What proofs consist of while they are made, and what formats may ask of the cryptographic core. */
import type { EvidenceProblem, Statement, TrustedKey, UnverifiedEvidence, VerifiedEvidence } from '../domain/evidence.ts';
import type { TrustRoot } from '../domain/policy/trust-root.ts';
import type { LayoutProof } from '../domain/policy/layout-requirement.ts';
import type { ProvenCertificate, ProvenLogEntry, ProvenSigner, ProvenTime } from '../domain/policy/identity.ts';
import { clip } from './problem.ts';
import type { Problem } from './problem.ts';
import type { DatingMaterial, SignedContent } from './provers/signed.ts';
import type { Opinion } from './second-opinion/opinion.ts';

/** What was proven of one signature, or why it proves nothing. */
export type ProofResult =
  | {
      readonly ok: true;
      readonly signer: ProvenSigner;
      /** The same by other paths of his certificate: each is a proof of its own. */
      readonly others?: readonly ProvenSigner[];
      readonly times: readonly ProvenTime[];
      readonly logEntries: readonly ProvenLogEntry[];
      /** See {@link VerifiedEvidence}. */
      readonly unlisted?: readonly string[];
      /** See {@link VerifiedEvidence}. */
      readonly expiresAt?: number;
      /** See {@link VerifiedEvidence}. */
      readonly undated?: string;
    }
  | { readonly ok: false; readonly problem: Problem };

/** A proven signature. */
export type Proven = Omit<Extract<ProofResult, { readonly ok: true }>, 'ok' | 'others'>;

/**
 * The cryptographic core as the formats need it: `Root` is a trust root of any kind made ready for use. Given as an
 * argument so that formats can be tested for what they do with each answer.
 */
export interface ProofCore<Root> {
  proveCertificate(content: SignedContent, certificateDer: Uint8Array, dating: DatingMaterial, root: Root): ProofResult;
  proveKey(content: SignedContent, key: TrustedKey, dating: DatingMaterial, root: Root | undefined): ProofResult;
  /** True when the root lists this very certificate among those of its authorities. */
  lists(certificateDer: Uint8Array, root: Root): boolean;
  /** What a second, independent implementation says of what `proveCertificate` has proven under this root. */
  secondOpinion?(signed: Signed, signer: ProvenCertificate, root: TrustRoot, ready: Root): Opinion;
  compileRoot(root: TrustRoot): Root;
  /** Identity that a certificate claims, for a message about evidence that cannot be tried; unverified. */
  describeCertificate(certificateDer: Uint8Array): string | undefined;
}

/** The core with its roots remembered and the attempts of one job counted. */
export interface ProofTools {
  proveCertificate(signed: Signed, certificateDer: Uint8Array, root: TrustRoot): ProofResult;
  /** `root` dates the signature; without one nothing does. */
  proveKey(signed: Signed, key: TrustedKey, root: TrustRoot | undefined): ProofResult;
  /** True when a usable root lists this very certificate among those of its authorities. */
  lists(certificateDer: Uint8Array, root: TrustRoot): boolean;
  describeCertificate(certificateDer: Uint8Array): string | undefined;
  /** Takes an attempt of this cost from the job's budget; false when too little is left. */
  takeAttempt(cost: number): boolean;
}

/** A signature with all that dates and logs it. */
export interface Signed {
  readonly content: SignedContent;
  readonly dating: DatingMaterial;
  /** The Sigstore bundle that it came in, whole: what another implementation can judge. Absent in every other format. */
  readonly bundle?: Uint8Array;
}

/** A statement whose predicate is text: it crosses threads as one block and is parsed only if somebody asks for it. */
export interface RawStatement extends Omit<Statement, 'predicate' | 'predicateText'> {
  /** JSON as it was signed, without duplicate keys; absent when the statement has no predicate. */
  readonly predicateJson?: string;
}

/** {@link VerifiedEvidence} without its brand: what crosses from a worker before `verified.ts` vouches for it. */
export type RawProof = {
  readonly [K in keyof VerifiedEvidence as K extends string ? Exclude<K, 'statement'> : never]: VerifiedEvidence[K];
} & {
  readonly statement?: RawStatement;
};

/** What a format proved of one piece of evidence, and what it could not. */
export interface Proofs {
  readonly proofs: readonly RawProof[];
  /** Proofs of a statement that is not about the artifact. */
  readonly related?: readonly RawProof[];
  readonly problems: readonly Problem[];
  /** True when the job's budget ran out, so that another job may come to more. */
  readonly partial: boolean;
  readonly layouts?: readonly LayoutProof[];
}

/** {@link Proofs} as it leaves the job. */
export interface RawOutcome {
  readonly evidenceDigest: string;
  readonly source: string;
  readonly proofs: readonly RawProof[];
  readonly related?: readonly RawProof[];
  readonly problems: readonly EvidenceProblem[];
  /** False when the outcome depends on anything but evidence, artifact and trust (a fault, a budget), and for all that is undetermined. */
  readonly cacheable: boolean;
  readonly layouts?: readonly LayoutProof[];
}

/** Evidence that proves nothing, for one reason. */
export function disproved(problem: Problem): Proofs {
  return { proofs: [], problems: [problem], partial: false };
}

/** The outcome of evidence that could not be looked at; never kept. */
export function faultOutcome(evidence: Pick<UnverifiedEvidence, 'digest' | 'source'>, cause: string): RawOutcome {
  return {
    evidenceDigest: evidence.digest,
    source: evidence.source,
    proofs: [],
    problems: [{ code: 'ENGINE_FAULT', source: evidence.source, cause: clip(cause, 300) }],
    cacheable: false,
  };
}
