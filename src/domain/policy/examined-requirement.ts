/** Requirements that look inside: into the content of attestations, and at whom the layers of an image are encrypted for. */
import type { Digest } from '../artifact/digest.ts';
import type { Condition, ContentCheck } from './content-check.ts';
import type { FetchProblem } from '../ports.ts';
import type { Requirement, Signer } from './requirement.ts';

/** Attestations of some types whose content is examined: a typed check, conditions, or both. */
export interface ExaminedRequirement {
  readonly kind: 'examined';
  readonly name: string;
  readonly by: readonly Signer[];
  /** Distinct signers with distinct keys or certificates; at least 1, at most `by.length`. */
  readonly threshold: number;
  /** Milliseconds since the proven signing time. */
  readonly maxAge?: number;
  /** The key under which the policy writes it: `sbom`, or `attestation` for one with conditions. */
  readonly written: ContentCheck['kind'] | 'attestation';
  /** Exact predicate types, any of which will do. */
  readonly types: ReadonlySet<string>;
  /** The types as a reader knows them: a family name, or the type. */
  readonly wanted: string;
  /** Hash over check and conditions: names them in the key of every examination. */
  readonly id: string;
  readonly check?: ContentCheck;
  /** All must hold for one and the same attestation. */
  readonly where: readonly Condition[];
  /** Other requirements of this policy that the conditions look at; each stands above this one. */
  readonly others: readonly Requirement[];
  /** Who may clear vulnerabilities with OpenVEX statements, and how old (by proven time) these may be. */
  readonly vex?: { readonly by: readonly Signer[]; readonly maxAge?: number };
  /** Milliseconds since the end of the scan that the statement itself gives. */
  readonly scanMaxAge?: number;
  /** Of all that counts the newest decides, by proven time; only together with `maxAge` (ADR 0035). */
  readonly newest?: true;
  /** Who writes what others review: evidence of authorship by one of them must be there, and its signer approves nothing. */
  readonly authors?: readonly Signer[];
  /** What shows that one of `authors` wrote it; absent: a signature, or SLSA provenance. */
  readonly authoredBy?: Authorship;
}

/** The evidence by which an author is known; whatever else he says about the artifact shows nothing (ADR 0012). */
export interface Authorship {
  /** As the policy writes it: `signature`, the name of a family, or a predicate type. */
  readonly written: string;
  /** A signature on the artifact shows it. */
  readonly signature: boolean;
  /** Exact predicate types of attestations that show it; none of them is a review. */
  readonly types: ReadonlySet<string>;
}

/** Every layer of the image is encrypted (ocicrypt), for nobody but these recipients. */
export interface EncryptionRequirement {
  readonly kind: 'encryption';
  readonly name: string;
  readonly recipients: readonly Recipient[];
  /** Layers that may stay plain: those of public base images. */
  readonly plainLayers: ReadonlySet<string>;
  /** A recipient whom the key material does not name is refused unless this is set. */
  readonly allowUnidentified: boolean;
}

/** Somebody for whom a layer's key may be wrapped. Patterns: `*` stands for any characters. */
export type Recipient =
  | { readonly scheme: 'jwe'; readonly kid: string }
  /** Issuer as `CN=…` and serial number in lower-case hexadecimal, as in the certificate. */
  | { readonly scheme: 'pkcs7'; readonly issuer: string; readonly serial: string }
  /** The last 16 hexadecimal digits of the encryption subkey's fingerprint. */
  | { readonly scheme: 'pgp'; readonly keyId: string }
  /** A key provider; `field` of its JSON (`kid`, …) matches `value`. */
  | { readonly scheme: 'provider'; readonly provider: string; readonly field: string; readonly value: string };

/** Somebody for whom a layer's key is wrapped, by what the key material says; whether it is true cannot be seen from outside. */
export interface NamedRecipient {
  /** `jwe`, `pkcs7`, `pgp`, `pkcs11` or `provider.<name>`. */
  readonly scheme: string;
  /** False when the material does not say who it is: JWE for PEM keys, hidden OpenPGP recipients, PKCS#11. */
  readonly identified: boolean;
  /** Key id, or issuer and serial number; compared with the policy. */
  readonly id: string;
  /** For messages. */
  readonly shown: string;
  /** Text fields of a key provider's JSON. */
  readonly fields?: ReadonlyMap<string, string>;
}

/** For whom a layer's key is wrapped: everybody, or why that cannot be told (then nobody is listed). */
export type LayerRecipients =
  | { readonly readable: true; readonly recipients: readonly NamedRecipient[] }
  | { readonly readable: false; readonly problem: string };

/** How a layer is encrypted, by what its annotations say (ocicrypt); nobody has verified it. */
export interface LayerEncryption {
  /** Absent when there are none that can be read. A cipher that is no text is absent; an hmac that cannot be read has no bytes. */
  readonly options?: { readonly cipher?: string; readonly hmacBytes: number };
  readonly keys: LayerRecipients;
}

/** A layer as its manifest describes it; the manifest's bytes hash to the digest of the image. */
export interface LayerFact {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly encryption: LayerEncryption;
}

/** An image, by itself or as an index lists it. */
export interface ImageFact {
  readonly digest: Digest;
  readonly layers: readonly LayerFact[];
  /** `linux/arm64`, if the index says so: the word of whoever made it. */
  readonly platform?: string;
}

/** The layers of an image, or of every image of an index. */
export type LayersFact =
  | { readonly ok: true; readonly images: readonly ImageFact[] }
  | { readonly ok: false; readonly problem: FetchProblem };
