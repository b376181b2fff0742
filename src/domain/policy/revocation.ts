/** What is no longer believed although its cryptography holds, why, and since when. */
import type { ProvenEvidence } from '../evidence.ts';
import type { NameAttribute, ProvenLogEntry, ProvenSigner } from './identity.ts';
import type { TextMatcher } from './requirement.ts';

/** What is no longer good: a credential, a log entry, or an artifact nobody shall vouch for. */
export type RevokedThing =
  | { readonly kind: 'key'; readonly keyId: string }
  | { readonly kind: 'fingerprint'; readonly fingerprint: string }
  | { readonly kind: 'serial'; readonly serial: string; readonly trustRoot?: string }
  | { readonly kind: 'identity'; readonly issuer: TextMatcher; readonly subject: TextMatcher }
  | { readonly kind: 'logIndex'; readonly logId: string; readonly index: string }
  | { readonly kind: 'logEntry'; readonly leafHash: string }
  | { readonly kind: 'digest'; readonly digest: string }
  /** A receipt or publish summary of ours, by the id of its decision. */
  | { readonly kind: 'receipt'; readonly id: string };

/** One entry of `revocations`: what falls, why, and since when it is not to be believed. */
export interface Revocation {
  readonly what: RevokedThing;
  readonly reason: string;
  /**
   * Epoch milliseconds. Evidence proven to be older (log or timestamp authority, never the signer's own word) stays
   * good; without it everything falls.
   */
  readonly compromisedAt?: number;
  /** The document that says so, for messages: `Signer acme-release`, `RevocationList incidents`. */
  readonly declaredBy: string;
}

/**
 * What revocations are looked up by: only what `verify/` proved, and of that only what nobody but those who made it could
 * change. Whatever a policy believes is brought into this form: a signature, an owner or functionary of a layout, an artifact.
 */
export interface Revocable {
  /** Key ids (`sha256:<hex of the SPKI DER>`): the one that signed, and those whose holder he is the same. */
  readonly keys: readonly string[];
  /** The signer's certificate, and where they are known those above it. */
  readonly certificates: readonly RevocableCertificate[];
  readonly logEntries: readonly ProvenLogEntry[];
  /** Of everything that is spoken about. */
  readonly digests: readonly string[];
  /** Of a receipt: its id. */
  readonly receipt?: string;
}

/** A certificate as revocations name it. */
export interface RevocableCertificate {
  /** `sha256:<hex>` of its DER in each form that is the same certificate; see `pki/fingerprint.ts`. */
  readonly fingerprints: readonly string[];
  /** Lower-case hexadecimal without leading zeros; absent for an authority above, since small numbers are its and its leaves' alike. */
  readonly serial?: string;
  /** Name of the TrustRoot under which it was proven; absent: under a layout's own authorities. */
  readonly trustRoot?: string;
  /** The OIDC issuer that it names; empty when it names none. */
  readonly issuer: string;
  /** What else whoever issued it is called, by other roots under which it may be proven: the trust domain of a workload, an OIDC issuer. */
  readonly issuers?: readonly string[];
  /** Names of its holder, whatever their types. */
  readonly names: readonly string[];
  /** Of a certificate of one's own authority: the distinguished names of its holder and of who issued it, which are names as well. */
  readonly distinguished?: { readonly holder: readonly NameAttribute[]; readonly issuer: readonly NameAttribute[] };
}

/** A set of revocations, indexed; made only by `policy/`. */
export interface RevocationBook {
  readonly entries: readonly Revocation[];
  /** Every revocation that speaks about this, whatever its time. */
  matching(revocable: Revocable): readonly Revocation[];
}

/**
 * What proven evidence is revoked by. `digests` are those that it speaks about besides its artifact: of the platform image
 * for which evidence of an index is about to speak, of the subjects of a statement about something else.
 */
export function revocableOf(
  { signer, logEntries, artifactDigest }: Pick<ProvenEvidence, 'signer' | 'logEntries' | 'artifactDigest'>,
  digests: readonly string[] = [],
): Revocable {
  const above = signer.kind === 'x509' || signer.kind === 'spiffe' ? signer.path.map(({ issuerKeyId }) => issuerKeyId) : [];
  // Whoever revokes the primary key of an OpenPGP block revokes all that it has bound.
  const primary = signer.kind === 'key' && signer.openPgp !== undefined ? [signer.openPgp.primary] : [];
  const keys = [...new Set([signer.keyId, ...above, ...primary])];
  return { keys, certificates: certificatesOf(signer), logEntries, digests: [artifactDigest, ...digests] };
}

function certificatesOf(signer: ProvenSigner): readonly RevocableCertificate[] {
  switch (signer.kind) {
    case 'key':
      return [];
    case 'certificate': {
      const { fingerprint, otherFingerprint, serial, trustRoot, issuer, subject } = signer;
      const fingerprints = otherFingerprint === undefined ? [fingerprint] : [fingerprint, otherFingerprint];
      return [{ fingerprints, serial, trustRoot, issuer, names: [subject.value] }];
    }
    // Serial numbers of authorities above count from one, as those of their leaves do: only the signer's own is looked up by it.
    case 'x509':
    case 'spiffe': {
      const { trustRoot } = signer;
      const names = signer.kind === 'spiffe' ? [signer.id] : signer.names.map(({ value }) => value);
      const own = signer.kind === 'spiffe'
        ? { issuer: trustDomainsOf(names)[0] ?? '', names }
        : {
            issuer: '', issuers: [...trustDomainsOf(names), ...(signer.oidcIssuer === undefined ? [] : [signer.oidcIssuer])],
            names, distinguished: { holder: signer.subject, issuer: signer.issuer },
          };
      return signer.path.map(({ fingerprints, serial }, index) =>
        index === 0 ? { fingerprints, serial, trustRoot, ...own } : { fingerprints, trustRoot, issuer: '', names: [] });
    }
  }
}

/** The trust domains of the SPIFFE IDs among names, as revocations name those who issue them. */
export function trustDomainsOf(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => /^spiffe:\/\/[^/]*/.exec(name) ?? []);
}

/** A revoked thing as a reader recognises it. */
export function revokedText(what: RevokedThing): string {
  switch (what.kind) {
    case 'key':
      return `key ${what.keyId}`;
    case 'fingerprint':
      return `certificate ${what.fingerprint}`;
    case 'serial':
      return `certificate with serial number ${what.serial}${what.trustRoot === undefined ? '' : ` under ${what.trustRoot}`}`;
    case 'identity':
      return `identity ${what.subject.source} (issuer ${what.issuer.source})`;
    case 'logIndex':
      return `entry ${what.index} of log ${what.logId}`;
    case 'logEntry':
      return `log entry with leaf hash ${what.leafHash}`;
    case 'digest':
      return `artifact ${what.digest}`;
    case 'receipt':
      return `receipt ${what.id}`;
  }
}
