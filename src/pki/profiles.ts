/** Profiles: what a kind of certification path demands of its leaf and of the authorities above. A profile is a value. */
import { SIGNATURE_ALGORITHMS } from './signatures/signature-algorithm.ts';
import { EXTENSION } from './extensions.ts';

/** Extended key usages by object identifier. */
export const USAGE = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  any: '2.5.29.37.0',
} as const;

/** One thing that a leaf must be. */
export type LeafRule =
  /** It is no certificate authority (basic constraints). */
  | { readonly rule: 'no-authority' }
  /** It may make signatures: key usage says so (`stated`), or at least does not say otherwise. */
  | { readonly rule: 'may-sign'; readonly stated: boolean }
  /** Extended key usage names this one; with `alone` critically, and no other. */
  | { readonly rule: 'usage'; readonly usage: string; readonly alone: boolean }
  /** Every critical extension is understood. */
  | { readonly rule: 'understood' };

/** What a kind of certification path demands (RFC 5280, 4.2 and 6.1); times are not part of it. */
export interface Profile {
  /** In the order in which they are looked at: the first that is broken is told. */
  readonly leaf: readonly LeafRule[];
  /** Extended key usages that authorities may be limited to: all on a path must permit one and the same. At least one. */
  readonly usages: readonly string[];
  /** Extensions that may be critical, in the leaf and in authorities. */
  readonly understood: ReadonlySet<string>;
  /** Signature algorithms by which certificates may be signed. */
  readonly signatures: ReadonlySet<string>;
}

/** Everything that is read of a certificate somewhere; name constraints are not, so they may not be there at all. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.subjectKeyId,
  EXTENSION.authorityKeyId,
]);

/** Signing code as Fulcio's certificates do (Fulcio certificate-specification): both usages have to be stated. */
export const CODE_SIGNING: Profile = {
  leaf: [
    { rule: 'no-authority' },
    { rule: 'may-sign', stated: true },
    { rule: 'usage', usage: USAGE.codeSigning, alone: false },
    { rule: 'understood' },
  ],
  usages: [USAGE.codeSigning],
  understood: UNDERSTOOD,
  signatures: SIGNATURE_ALGORITHMS,
};

/** Timestamping (RFC 3161, 2.3): for nothing else, and critically so. */
export const TIME_STAMPING: Profile = {
  leaf: [
    { rule: 'usage', usage: USAGE.timeStamping, alone: true },
    { rule: 'no-authority' },
    { rule: 'may-sign', stated: false },
    { rule: 'understood' },
  ],
  usages: [USAGE.timeStamping],
  understood: UNDERSTOOD,
  signatures: SIGNATURE_ALGORITHMS,
};

/**
 * Signing with a certificate of one's own authority: what it is for is compared with what a policy names, so here it may be for anything
 * that the authorities above may issue for (`forUsages`).
 */
export const OWN_SIGNING: Profile = {
  leaf: [{ rule: 'no-authority' }, { rule: 'may-sign', stated: false }, { rule: 'understood' }],
  usages: [USAGE.any],
  understood: UNDERSTOOD,
  signatures: SIGNATURE_ALGORITHMS,
};

/** The same profile for authorities that have to permit one of these usages; without any: those that are not limited. */
export function forUsages(profile: Profile, usages: readonly string[]): Profile {
  return usages.length === 0 ? { ...profile, usages: [USAGE.any] } : { ...profile, usages };
}
