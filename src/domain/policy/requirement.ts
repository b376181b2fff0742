/** What a policy can demand of an artifact, the signers who may vouch for it, and how their words are compared. */
import type { ArtifactRef } from '../artifact/artifact.ts';
import type { ProvenEvidence } from '../evidence.ts';
import type { ProvenanceRequirement, ReproducibleRequirement, SourceRequirement, VsaRequirement } from './build-requirement.ts';
import type { ContentCheck } from './content-check.ts';
import type { EncryptionRequirement, ExaminedRequirement } from './examined-requirement.ts';
import type { LayoutRequirement } from './layout-requirement.ts';
import type { RegistryRequirement } from './registry-requirement.ts';
import type { RevocationBook } from './revocation.ts';

/** How one text is compared: exactly, with an anchored glob, or with an anchored RE2 expression. */
export interface TextMatcher {
  readonly kind: 'exact' | 'glob' | 'regexp';
  /** As the policy author wrote it, for messages. */
  readonly source: string;
  /** True when the whole value matches. */
  test(value: string): boolean;
}

/** A pattern over artifacts, compiled: `image: "ghcr.io/acme/**"`. */
export interface ArtifactMatcher {
  readonly kind: ArtifactRef['kind'];
  readonly source: string;
  test(ref: Pick<ArtifactRef, 'kind' | 'name'>): boolean;
}

/** One way in which a signer proves itself. */
export type SignerIdentity = KeyIdentity | KeylessIdentity | X509Identity | SpiffeIdentity;

export interface KeyIdentity {
  readonly kind: 'key';
  readonly keyId: string;
  /** Epoch milliseconds; the key vouches only for what is dated inside, or judged now when nothing dates it. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly transparencyLog: 'optional' | 'required';
  /** Name of the trust root whose log must hold the signature when the log is required. */
  readonly trustRoot?: string;
  /** The key signs bare payloads, in envelopes that name it so; see `TrustedKey`. */
  readonly barePayloadKeyId?: string;
  /** Only signatures with this hash count; absent: with any that is allowed for the key. */
  readonly hashAlgorithm?: 'sha256' | 'sha384' | 'sha512';
  /** Fingerprint of a key of an OpenPGP block: signatures of OpenPGP count, and no others. */
  readonly openPgp?: string;
  /** Application of a key on a security key: its signatures of SSH count, and no others. */
  readonly securityKey?: string;
}

export interface KeylessIdentity {
  readonly kind: 'keyless';
  readonly issuer: TextMatcher;
  readonly subject: TextMatcher;
  readonly claims: readonly { readonly name: string; readonly value: TextMatcher }[];
  readonly trustRoot: string;
  /** Milliseconds from the certificate's notBefore to its notAfter, at most; absent: as long as the root issues. */
  readonly maxCertificateLifetime?: number;
}

/** How a distinguished name is compared: attribute by attribute, never as one text. */
export interface NameMatcher {
  /** `exact`: the same attributes and no other; `includes`: these attributes, whatever else there is. */
  readonly kind: 'exact' | 'includes';
  /** As the policy author wrote it, for messages. */
  readonly source: string;
  /** Types as {@link NameAttribute} has them, each value by its own matcher. */
  readonly attributes: readonly { readonly type: string; readonly value: TextMatcher }[];
}

/** A certificate of an authority of one's own, under a trust root of kind x509 or notation. */
export interface X509Identity {
  readonly kind: 'x509';
  readonly trustRoot: string;
  /** The trust root is of kind notation: only envelopes of the Notary Project prove it, and they sign images and attest nothing. */
  readonly notation?: true;
  /** Exactly one of the two: the distinguished name, or one of the alternative names. */
  readonly subject?: NameMatcher;
  readonly san?: TextMatcher;
  /** Who issued the certificate itself. */
  readonly issuer?: NameMatcher;
  /** Extended key usages that the certificate must name, dotted; empty: whatever its trust root takes. */
  readonly usages: readonly string[];
  /** Milliseconds from the certificate's notBefore to its notAfter, at most. */
  readonly maxCertificateLifetime?: number;
}

/** A workload by its SPIFFE ID, under a trust root of kind spiffe. */
export interface SpiffeIdentity {
  readonly kind: 'spiffe';
  readonly trustRoot: string;
  readonly id: TextMatcher;
  readonly maxCertificateLifetime?: number;
}

/** A stretch of time in epoch milliseconds; both ends belong to it, an absent one is open. */
export interface Validity {
  readonly notBefore?: number;
  readonly notAfter?: number;
}

/** A person, team, workflow or builder; any one of the identities proves it. */
export interface Signer {
  readonly name: string;
  readonly identities: readonly SignerIdentity[];
  /** Upper bound on what the signer counts for, whatever a policy says; absent: no bound. */
  readonly mayCertify?: readonly ArtifactMatcher[];
  /** Which documents of policies the signer may sign, by names such as `ClusterArtifactPolicy/acme-images`; absent: none. */
  readonly maySign?: readonly TextMatcher[];
  /** When the signer counts: judged by the proven time of the evidence, by the present when none is proven. */
  readonly validity?: Validity;
  /** What no longer counts for this signer: its own revocations, and those of all lists. */
  readonly revocations?: readonly RevocationBook[];
}

/** One thing a policy demands of an artifact. All requirements of all matching policies must hold. */
export type Requirement =
  | LayoutRequirement
  | ExaminedRequirement
  | EncryptionRequirement
  | SignatureRequirement
  | AttestationRequirement
  | ProvenanceRequirement
  | VsaRequirement
  | ReproducibleRequirement
  | RegistryRequirement
  | SourceRequirement
  | AnyOfRequirement;

/**
 * The kinds of requirement as they are judged. A further kind is a member of the union above, a part in `policy/kinds/`, a
 * judge in `evaluate/` and its traits; while one of them is missing, nothing compiles.
 */
export type RequirementKind = Requirement['kind'];

/** The requirement of one kind; of several kinds, their union. */
export type RequirementOf<K extends RequirementKind> = { readonly [P in K]: Extract<Requirement, { readonly kind: P }> }[K];

/** The keys under which policies write requirements: one that examines content goes by what it examines. */
export type WrittenKind = Exclude<RequirementKind, 'examined'> | ContentCheck['kind'];

/** A requirement that stands for itself, and not for its alternatives. */
export type SingleRequirement = Exclude<Requirement, AnyOfRequirement>;

/** The requirement itself, or all alternatives of an anyOf, however deep they stand. */
export function singlesOf(requirement: Requirement): readonly SingleRequirement[] {
  return requirement.kind === 'anyOf' ? requirement.of.flatMap(singlesOf) : [requirement];
}

/** True where of all that counts the newest decides, so that it matters what else there is (ADR 0035). */
export function isNewest(requirement: SingleRequirement): boolean {
  return requirement.kind === 'examined' && requirement.newest === true;
}

export interface SignatureRequirement {
  readonly kind: 'signature';
  readonly name: string;
  readonly by: readonly Signer[];
  /** Distinct signers with distinct keys or certificates; at least 1, at most `by.length`. */
  readonly threshold: number;
  /** Also compare the signed docker-reference with the artifact's name. */
  readonly bindRepository: boolean;
  /** Signed beside the digest, all in one and the same signature, by name. */
  readonly annotations?: readonly { readonly name: string; readonly value: TextMatcher }[];
  /** Milliseconds since the proven signing time. */
  readonly maxAge?: number;
}

export interface AttestationRequirement {
  readonly kind: 'attestation';
  readonly name: string;
  /** Exact predicate type, or the name of a family of them, as written. */
  readonly type: string;
  /** The exact predicate types that count, when `type` names a family. */
  readonly types?: readonly string[];
  readonly by: readonly Signer[];
  readonly threshold: number;
  readonly maxAge?: number;
  /**
   * When a statement itself says that it was made, epoch milliseconds, for kinds that read it and compare it with `maxAge`: it
   * is signed, so nobody can leave it out or make it younger.
   */
  readonly statedAt?: (proof: ProvenEvidence) => number | undefined;
}

export interface AnyOfRequirement {
  readonly kind: 'anyOf';
  readonly name: string;
  readonly of: readonly Requirement[];
}
