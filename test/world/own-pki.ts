import type { Digest } from '../../src/domain/artifact/digest.ts';
import { makeKey, signWith } from './keys.ts';
import type { KeyType, SigningKey } from './keys.ts';
import { simpleSigningPayload } from './cosign.ts';
import type { Layer } from './cosign.ts';
import { base64 } from './encode.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectAltName, subjectKeyId } from './extensions.ts';
import type { Extension, GeneralName, KeyUsage } from './extensions.ts';
import { makeCertificate } from './x509.ts';
import type { Certificate, Name } from './x509.ts';

/** Somebody's own authorities: a root, one below it, and certificates of whatever names and usages. */

const DAY = 86_400_000;

/** A certificate with its private key. */
export interface Holder {
  readonly certificate: Certificate;
  readonly key: SigningKey;
}

/** What a certificate says; everything that is left out is as a release key of Acme has it. */
export interface HolderOptions {
  readonly subject?: Name;
  readonly names?: readonly GeneralName[];
  /** Extended key usages; `[]`: no such extension. */
  readonly usages?: readonly string[];
  readonly keyUsages?: readonly KeyUsage[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly key?: SigningKey;
  readonly keyType?: KeyType;
  /** Is an authority itself. */
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly serial?: Uint8Array;
  /** Besides, or in place of those of the same identifier. */
  readonly extensions?: readonly Extension[];
  /** Who issues it; default: the authority below the root. */
  readonly issuer?: Holder;
}

export interface OwnPki {
  readonly root: Holder;
  readonly intermediate: Holder;
  issue(options?: HolderOptions): Holder;
}

/** An own PKI around `now`, epoch milliseconds. */
export function createOwnPki(now: number, organisation = 'Acme'): OwnPki {
  const root = issueBy(undefined, { subject: [['O', organisation], ['CN', 'root']], ca: true, notBefore: now - 3000 * DAY, notAfter: now + 3000 * DAY }, now);
  const authority = { subject: [['O', organisation], ['CN', 'signing']], ca: true, notBefore: now - 1000 * DAY, notAfter: now + 1000 * DAY } as const;
  const intermediate = issueBy(root, authority, now);
  return { root, intermediate, issue: (options = {}) => issueBy(options.issuer ?? intermediate, options, now) };
}

/** A signature of cosign 2 with a certificate of one's own and its chain beside it. */
export function signedByHolder(digest: Digest, { certificate, key }: Holder, chain: readonly Holder[], more: Readonly<Record<string, string>> = {}): Layer {
  const bytes = simpleSigningPayload({ digest, reference: 'ghcr.io/acme/app' });
  return {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    bytes,
    annotations: {
      'dev.cosignproject.cosign/signature': base64(signWith(key, bytes)),
      'dev.sigstore.cosign/certificate': certificate.pem,
      'dev.sigstore.cosign/chain': chain.map((one) => one.certificate.pem).join(''),
      ...more,
    },
  };
}

function issueBy(issuer: Holder | undefined, options: HolderOptions, now: number): Holder {
  const key = options.key ?? makeKey(options.keyType ?? 'p256');
  const { ca = false, pathLength, subject = [['C', 'DE'], ['O', 'Acme'], ['CN', 'release']], usages = ca ? [] : ['codeSigning'] } = options;
  const { names = [], keyUsages = ca ? ['keyCertSign', 'cRLSign'] : ['digitalSignature'] } = options;
  const usual: Extension[] = [
    basicConstraints(ca, pathLength),
    ...(keyUsages.length === 0 ? [] : [keyUsage(keyUsages)]),
    ...(usages.length === 0 ? [] : [extendedKeyUsage(usages)]),
    ...(names.length === 0 ? [] : [subjectAltName(names, subject.length === 0)]),
    subjectKeyId(key.spki),
    ...(issuer === undefined ? [] : [authorityKeyId(issuer.key.spki)]),
  ];
  const own = options.extensions ?? [];
  const extensions = [...usual.filter(({ oid }) => !own.some((one) => one.oid === oid)), ...own];
  const certificate = makeCertificate(
    {
      subject,
      issuer: issuer?.certificate.spec.subject ?? subject,
      spki: key.spki,
      notBefore: options.notBefore ?? now - DAY,
      notAfter: options.notAfter ?? now + 90 * DAY,
      extensions,
      ...(options.serial === undefined ? {} : { serial: options.serial }),
    },
    issuer?.key ?? key,
  );
  return { certificate, key };
}
