/** Whether certificates of proven paths are revoked, as far as their authorities say so: fetched ahead, asked without waiting. */

/** How a trust root has revocation judged. A root that says nothing has nobody asked. */
export interface CertificateRevocation {
  /** What is unknown keeps a signature from counting (`hard`), or is told beside it (`soft`). */
  readonly mode: 'hard' | 'soft';
  /** URLs of lists that are fetched from the start, whatever certificates name. */
  readonly lists: readonly string[];
}

/** What asking about the revocation of one certificate takes. */
export interface RevocationLead {
  /** Its issuer's certificate, base64 DER. */
  readonly issuer: string;
  /** Its serial number, the content of the INTEGER in hexadecimal. */
  readonly number: string;
  /** It is an authority itself: some lists are about these alone, some about all others. */
  readonly isAuthority?: boolean;
  /** URLs that the certificate names; an empty list: it names some, none of which can be asked. Absent: it names none. */
  readonly lists?: readonly string[];
  readonly deltas?: readonly string[];
  readonly responders?: readonly string[];
}

/** What an authority says of a certificate that it has revoked. Epoch milliseconds. */
export interface CertificateRevoked {
  readonly revokedAt: number;
  /** By the names of RFC 5280: `keyCompromise`; absent: not said. */
  readonly reason?: string;
  /** Since when its key is not to be trusted. */
  readonly invalidFrom?: number;
}

/** What is known of one certificate now. */
export type CertificateStatus =
  /** Its authority says at this moment that it is not revoked, or nobody publishes anything about it. */
  | { readonly state: 'good' }
  /** `source`: the URL by which it is known. */
  | ({ readonly state: 'revoked'; readonly source: string } & CertificateRevoked)
  | { readonly state: 'unknown'; readonly cause: string };

/** Knows of certificates what has been fetched; asking has fetched what is not known yet, for the next time. Never waits. */
export interface CertificateStatuses {
  /**
   * `lists`: those of the trust root under which the certificate was proven. `at`, epoch milliseconds: what is known now of a later
   * moment, at which lists have ended that nobody renews; default: now.
   */
  of(lead: RevocationLead, lists: readonly string[], at?: number): CertificateStatus;
  /** Changes whenever an answer may have changed. */
  generation(): number;
}

/** A list of revocations as its issuer wrote it; nobody is believed yet. */
export interface RevocationList {
  /** Epoch milliseconds, both inclusive. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** Counts the lists of its issuer, upwards; absent: they are not counted. */
  readonly number?: bigint;
  /** Certificates on it. */
  readonly entries: number;
  /** Bytes that it keeps. */
  readonly bytes: number;
  /** As it was read. */
  readonly der: Uint8Array;
  /** URLs of deltas that it names. */
  readonly deltas: readonly string[];
  /** Says only what has changed since some other list. */
  readonly isDelta: boolean;
  /** True when it is by the issuer of the certificate, as far as its name tells. */
  names(lead: RevocationLead): boolean;
  /** Why it says nothing about the certificate: wrong signature, other scope; `undefined` when it does. */
  problemFor(lead: RevocationLead): string | undefined;
  find(lead: RevocationLead): CertificateRevoked | undefined;
  /** True when both name the same certificates, in the same words. */
  hasEntriesOf(other: RevocationList): boolean;
  /** True when `delta` says what has changed since this list, or one before it. */
  goesWith(delta: RevocationList): boolean;
}

/** The answer of a responder about one certificate, proven to be by its issuer or by whom that has delegated to. */
export interface RevocationAnswer {
  readonly status: 'good' | 'unknown' | CertificateRevoked;
  /** Epoch milliseconds. */
  readonly thisUpdate: number;
  /** Absent: newer ones can be had at any time. */
  readonly nextUpdate?: number;
  /** When whoever signed may do so, and what asking about his own certificate takes, unless its issuer says that it needs no asking. */
  readonly signer?: { readonly notBefore: number; readonly notAfter: number; readonly lead?: RevocationLead };
}

/** Reads what authorities publish. Everything throws an Error with a message for people when it cannot be read. */
export interface RevocationReader {
  /** Reads a list in small steps. */
  list(bytes: Uint8Array): Generator<void, RevocationList>;
  answer(bytes: Uint8Array, lead: RevocationLead): RevocationAnswer;
  /** The question to a responder. */
  request(lead: RevocationLead): Uint8Array;
}
