/** Evidence on its way from fetched bytes to proof: each stage is a type of its own, so that none is taken for a later one. */
import type { Artifact } from './artifact/artifact.ts';
import type { Digest } from './artifact/digest.ts';
import type { ProvenLogEntry, ProvenSigner, ProvenTime } from './policy/identity.ts';
import type { LayoutProof, TrustedLayout } from './policy/layout-requirement.ts';
import type { TrustRoot } from './policy/trust-root.ts';
import type { ReasonCode } from './decision/reasons.ts';
import type { Revision } from './artifact/revision.ts';

/**
 * Wire formats of evidence; one file in `verify/` each. `gcloud-provenance` is what gcloud prints of an image,
 * `in-toto` a classic link or layout file, `layout-links` all files of an artifact that may be links, taken together.
 * `tekton-definition` and `definition-bundle` are what annotations of a definition of a build hold. `npm-signature` and `go-checksum`
 * are what the registry of an ecosystem itself signs of a version: which bytes have this name, and not who made them. `notation-jws` and
 * `notation-cose` are envelopes of the Notary Project, `git-object` is a commit or an annotated tag, raw. `pgp-signed` is a payload of
 * simple signing with an armoured signature of OpenPGP, which may hold it.
 */
export type EvidenceFormat =
  | 'sigstore-bundle' | 'cosign-simple' | 'cosign-dsse' | 'dsse' | 'gcloud-provenance' | 'in-toto' | 'layout-links'
  | 'tekton-definition' | 'tekton-results' | 'definition-bundle' | 'npm-signature' | 'go-checksum' | 'notation-jws' | 'notation-cose'
  | 'git-object' | 'pgp-signed';

/**
 * Evidence as fetched: bytes from a registry or a file. Nothing in it has been verified except that `bytes`
 * hash to `digest`. Annotations come from an unsigned manifest and are hostile input.
 */
export interface UnverifiedEvidence {
  readonly format: EvidenceFormat;
  /** Where it was found, for messages: `referrer sha256:ab…`, `tag sha256-ab….sig layer 0`, a file name. */
  readonly source: string;
  readonly bytes: Uint8Array;
  /** sha256 over `bytes` and, where there are any, the annotations: the cache key of this evidence. */
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * The artifact itself, where evidence may be signed over its bytes and somebody has them: an image's manifest. It was found to hash
   * to the artifact's digest, and is compared with it once more when a signature over it is verified.
   */
  readonly message?: Uint8Array;
  /** Of `layout-links`: the files; `bytes` is empty then, and `digest` stands for all of them. */
  readonly parts?: readonly UnverifiedEvidence[];
  /** Of signatures over a definition of a build: what is signed. */
  readonly definition?: SignedDefinition;
}

/** A definition of a build with signatures on it, as bytes of JSON. Nothing in it is verified. */
export interface SignedDefinition {
  /** The object as its author signed it, its annotations included. */
  readonly text: Uint8Array;
  /** The object that is to be admitted, where that is not the author's own text; the two must say the same. */
  readonly admitted?: Uint8Array;
  /** The engine has resolved it and given it a name of its own, in the namespace of the run: these two may differ. */
  readonly renamed?: boolean;
}

declare const verifiedBrand: unique symbol;
declare const relatedBrand: unique symbol;

/** The parsed in-toto statement of a verified attestation. */
export interface Statement {
  /** `https://in-toto.io/Statement/v0.1` or `…/v1`. */
  readonly type: string;
  readonly predicateType: string;
  readonly subjects: readonly StatementSubject[];
  readonly predicate: unknown;
  /** JSON text of the predicate exactly as it was signed: numbers in it are not rounded yet. */
  readonly predicateText?: string;
}

export interface StatementSubject {
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
  /** What is written beside the digest, as texts (`cosign sign -a`); absent when there are none. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Refs that point to the commit, of summaries about sources (SLSA source track, `annotations.sourceRefs`). */
  readonly sourceRefs?: readonly string[];
}

/**
 * Evidence whose cryptography holds: signature, key or certificate chain, log entries and timestamps under the named
 * trust root. Not verified: whether anybody trusts this signer; that is `evaluate/`'s.
 */
export interface ProvenEvidence {
  /** A signature says "I vouch for this digest"; an attestation says something about it. Never interchanged. */
  readonly kind: 'signature' | 'attestation';
  readonly format: EvidenceFormat;
  readonly source: string;
  readonly evidenceDigest: string;
  /** What it speaks about: the artifact, or a commit that was asked about. {@link RelatedEvidence} was only found with it. */
  readonly artifactDigest: Digest | Revision;
  readonly signer: ProvenSigner;
  readonly times: readonly ProvenTime[];
  readonly logEntries: readonly ProvenLogEntry[];
  /** Of a signature by key: log entries and timestamps that its trust root does not list, as phrases for messages; they prove nothing. */
  readonly unlisted?: readonly string[];
  /** From when on it counts no longer, by what its signer signed; epoch milliseconds. */
  readonly expiresAt?: number;
  /** Why a timestamp that came along proves no time, for messages, where the present may decide instead. */
  readonly undated?: string;
  /** Present on attestations. */
  readonly statement?: Statement;
  /** The signed `critical.identity.docker-reference`, present on simple-signing signatures that carry one. */
  readonly dockerReference?: string;
  /** Of a signature: what was signed beside the digest (`cosign sign -a KEY=VALUE`); never the unsigned annotations of a manifest. */
  readonly signedAnnotations?: Readonly<Record<string, string>>;
  /** Of a signature over a definition: in words, in which of its forms it was signed. */
  readonly form?: string;
  /** Of a signature over a git object: who signs a commit made it, who signs a tag only points to it. */
  readonly gitObject?: 'commit' | 'tag';
}

/** Proven evidence that speaks about exactly `artifactDigest`, by digest. Only `verify/verified.ts` can make one. */
export interface VerifiedEvidence extends ProvenEvidence {
  readonly [verifiedBrand]: true;
}

/**
 * A proven statement about something other than the artifact with which it was found: a commit, a file, another image.
 * By itself it says nothing about the artifact; only a layout can bind it, through the steps between the two. Never
 * taken for {@link VerifiedEvidence}. Only `verify/verified.ts` can make one.
 */
export interface RelatedEvidence extends ProvenEvidence {
  readonly [relatedBrand]: true;
  readonly statement: Statement;
}

/** Why one piece of evidence proves nothing. */
export interface EvidenceProblem {
  readonly code: ReasonCode;
  readonly source: string;
  /** What was seen: an identity, a key id, a type, a digest. Not verified, escaped before it is shown. */
  readonly found?: string;
  readonly expected?: string;
  /** The plain cause in one short sentence, for the long form of an explanation. */
  readonly cause?: string;
  /** Replaces the catalogue's remedy when this case has a better one. */
  readonly fix?: string;
  /** Predicate type claimed by the evidence, when it could be read; unverified, orders the messages only. */
  readonly claimedType?: string;
  /** It was proven, at a time that has not come yet by our clock: what it says may count in a moment. */
  readonly ahead?: true;
}

/** What verification made of one piece of evidence. A DSSE envelope with two signers gives two proofs. */
export interface VerificationOutcome {
  readonly evidenceDigest: string;
  readonly source: string;
  readonly verified: readonly VerifiedEvidence[];
  /** Of a statement about something else, of a type that layouts ask for. Its problem is told as well. */
  readonly related?: readonly RelatedEvidence[];
  readonly problems: readonly EvidenceProblem[];
  /** Of `layout-links`: what was proven for each trusted layout. */
  readonly layouts?: readonly LayoutProof[];
}

/** A key that policies trust, as handed to verification. */
export interface TrustedKey {
  /** `sha256:<hex of the SPKI DER>`. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo in PEM. */
  readonly pem: string;
  /** Id of the TrustRoot whose logs and timestamp authorities may date this key's signatures. */
  readonly rootId?: string;
  /**
   * Set for a key that signs the bare payload of envelopes instead of their DSSE encoding: the keyid with which those
   * envelopes must name it. Such a key proves nothing else.
   */
  readonly barePayloadKeyId?: string;
  /** Only signatures with this hash are proven; absent: with any that is allowed for the key. */
  readonly hashAlgorithm?: 'sha256' | 'sha384' | 'sha512';
  /** Set for a key of an OpenPGP block: it proves signatures of OpenPGP, and nothing else. */
  readonly openPgp?: OpenPgpName;
  /** Set for a key that lives on a security key (FIDO): for what application. It proves such signatures of SSH, and nothing else. */
  readonly securityKey?: string;
}

/** A key as OpenPGP knows it. */
export interface OpenPgpName {
  /** 40 hexadecimal digits. */
  readonly fingerprint: string;
  /** `sha256:` key id of the primary key: whose it is. */
  readonly primary: string;
  /** Seconds since the epoch: no signature of the key is older. */
  readonly created: number;
}

/** What tells a trusted key from the same one that may prove something else. */
export function nameOfKey({ keyId, rootId = '', barePayloadKeyId = '', hashAlgorithm, openPgp, securityKey }: TrustedKey): string {
  const further = [hashAlgorithm, openPgp?.fingerprint, securityKey].flatMap((one) => (one === undefined ? [] : [` ${one}`])).join('');
  return `${keyId} ${rootId} ${barePayloadKeyId}${further}`;
}

/** Everything with which evidence for one artifact may be proven: the union over the policies that matched. */
export interface TrustMaterial {
  /** Hash over all ids inside: part of the cache key of every verification. */
  readonly id: string;
  readonly keys: readonly TrustedKey[];
  readonly roots: readonly TrustRoot[];
  /** Signed in-toto layouts that policies carry. */
  readonly layouts?: readonly TrustedLayout[];
  /** Predicate types of chained layouts: statements of these are proven also when they are about something else. */
  readonly relatedTypes?: readonly string[];
}

/** An artifact, or a commit that it was built from, and evidence as one question to `verify/`. */
export interface VerificationJob {
  readonly artifact: Pick<Artifact, 'kind' | 'name'> & { readonly digest: Digest | Revision };
  readonly evidence: readonly UnverifiedEvidence[];
  readonly trust: TrustMaterial;
  /** Epoch milliseconds; only for proven times that lie in the future, whose outcomes are not kept. */
  readonly now: number;
}
