/** What a signature proves by itself: who made it, when, and which log holds it. */
import type { CertificateRevocation, RevocationLead } from '../certificate-status.ts';

/** One name in a certificate's subject alternative name extension, with its type. */
export interface SubjectName {
  readonly type: 'uri' | 'email' | 'dns' | 'username';
  readonly value: string;
}

/**
 * Who made a signature, as proven by the signature itself: never taken from annotations, key hints or the
 * statement's own claims. Whether this signer is trusted for anything is not said here (`evaluate/` decides).
 */
export type ProvenSigner = ProvenKey | ProvenCertificate | ProvenX509 | ProvenSpiffe;

/** A signature that verified with this public key. */
export interface ProvenKey {
  readonly kind: 'key';
  /** `sha256:<hex of the SPKI DER>`. */
  readonly keyId: string;
  /** Name of the TrustRoot under which log entries and times were proven; absent: none were. */
  readonly trustRoot?: string;
  /** The signature is over the bare payload of an envelope that names the key so; it counts only where a policy says so. */
  readonly barePayloadKeyId?: string;
  /** Present when proven with this hash alone, for a policy that names it. */
  readonly hashAlgorithm?: 'sha256' | 'sha384' | 'sha512';
  /** Of a signature of OpenPGP: the fingerprint of the key, and the key id of its primary key, which is whom it names. */
  readonly openPgp?: { readonly fingerprint: string; readonly primary: string };
  /** Of a signature of SSH that a security key made while somebody touched it: for what application. */
  readonly securityKey?: string;
}

/** A signature that verified with the key of a certificate issued under the named trust root. */
export interface ProvenCertificate {
  readonly kind: 'certificate';
  readonly keyId: string;
  /** Name of the TrustRoot under which chain, SCT and log entry were proven. */
  readonly trustRoot: string;
  readonly issuer: string;
  readonly subject: SubjectName;
  /** Fulcio claims by their camelCase names (`runnerEnvironment`, `sourceRepositoryURI`, …), decoded. */
  readonly claims: Readonly<Record<string, string>>;
  /** `sha256:<hex of the certificate DER>`, as it was found. */
  readonly fingerprint: string;
  /** The same of the other form in which it is the same certificate: its issuer's ECDSA signature has two, and anybody can write either. */
  readonly otherFingerprint?: string;
  /** Serial number, lower-case hexadecimal without leading zeros. */
  readonly serial: string;
  /** Validity of the certificate, epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** One attribute of a distinguished name: `CN`, `O`, `OU`, `C`, `ST`, `L`, or the dotted identifier, and its text. */
export interface NameAttribute {
  readonly type: string;
  readonly value: string;
}

/** One certificate of a proven path, as whoever revokes certificates names it. */
export interface PathCertificate {
  /** `sha256:<hex>` of its DER, in each form in which it is the same certificate. */
  readonly fingerprints: readonly string[];
  /** Lower-case hexadecimal without leading zeros. */
  readonly serial: string;
  /** `sha256:<hex>` of the issuer's public key (SPKI DER): with the serial number it names the certificate. */
  readonly issuerKeyId: string;
  /** What asking its authority takes; absent: the trust root has nobody asked. */
  readonly revocation?: RevocationLead;
}

/** What a certificate of an authority of one's own proves of its holder, whatever names it gives him. */
interface ProvenHolder {
  readonly keyId: string;
  /** Name of the TrustRoot under which the path was proven. */
  readonly trustRoot: string;
  /** Validity of the certificate itself, epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** When every certificate of the path is valid. It covers all proven times; where there is none, the present decides. */
  readonly pathValidity: { readonly notBefore: number; readonly notAfter: number };
  /** The signer's certificate first, then those above it without the anchor. */
  readonly path: readonly PathCertificate[];
  /** How the trust root has revocation judged; absent: not at all. */
  readonly revocation?: CertificateRevocation;
}

/** A signature that verified with a certificate of an authority of one's own (trust roots of kind x509 and notation). */
export interface ProvenX509 extends ProvenHolder {
  readonly kind: 'x509';
  /** In the order of the certificate; empty when it names its holder by alternative names alone. */
  readonly subject: readonly NameAttribute[];
  readonly issuer: readonly NameAttribute[];
  /** The OIDC issuer that it names, as certificates for keyless signatures do: whoever is revoked as such is so here too. */
  readonly oidcIssuer?: string;
  /** Its subject alternative names of the types that policies compare; others are left out. */
  readonly names: readonly SubjectName[];
  /** Extended key usages as dotted identifiers; absent when the certificate does not restrict them. */
  readonly usages?: readonly string[];
}

/** A signature that verified with an X.509-SVID of the trust domain of the named trust root (SPIFFE X509-SVID). */
export interface ProvenSpiffe extends ProvenHolder {
  readonly kind: 'spiffe';
  /** The SPIFFE ID, `spiffe://trust-domain/path`. */
  readonly id: string;
}

/** A moment somebody other than the signer vouched for. */
export interface ProvenTime {
  /** `authority`: whoever signed, where a trust root lists him as one whose own clock is believed (Notary Project, signing authorities). */
  readonly source: 'log' | 'timestamp' | 'authority';
  /** Epoch milliseconds; of a clock that may be wrong by something the latest that it may mean. */
  readonly at: number;
  /** The earliest, where that is another time. */
  readonly earliest?: number;
  /** Which authority: log id in hex, or the timestamp authority's subject. */
  readonly by: string;
  /** Of a timestamp whose authority is asked about as signers are: its certificate first, then those above it without the anchor. */
  readonly path?: readonly PathCertificate[];
  /** As long as the signer's path is valid now the trust root needs no timestamp, and one that is doubtful is none. */
  readonly isSpare?: true;
}

/** A transparency log entry whose inclusion and binding to this signature were verified. */
export interface ProvenLogEntry {
  /** Log id, lower-case hexadecimal. */
  readonly logId: string;
  /**
   * The index by which everybody knows the entry. Absent when it is not proven: what an inclusion proof of a Rekor v1 log
   * tells is the index inside of one shard, and only the log's promise, which anybody can leave out, tells the other.
   */
  readonly logIndex?: string;
  /** Hash of its leaf (RFC 6962, 2.1), lower-case hexadecimal: the end of a Rekor UUID. However the entry is proven, it is the same. */
  readonly leafHash: string;
  readonly kind: string;
  /** Operator of the log, when the trust root names it. */
  readonly operator?: string;
}

/**
 * The types of certificate names that a policy's subject text is compared with: a text with `://` or `urn:` only with
 * URIs, one with `@` only with e-mail addresses, others with DNS and user names. A name of another type never
 * matches, however alike it reads.
 */
export function subjectTypes(source: string): readonly SubjectName['type'][] {
  const plain = source.replaceAll('\\', '');
  if (plain.includes('://') || /(?:^|[^A-Za-z])urn:/i.test(plain)) return ['uri'];
  if (plain.includes('@')) return ['email'];
  return ['dns', 'username'];
}
