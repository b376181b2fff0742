import type { Notary } from '../../src/rehearse/world/notation/envelope.ts';
import { blob, describe, descriptorOf, pushable } from './image.ts';
import type { Pushable } from './image.ts';
import { makeKey } from './keys.ts';
import type { KeyType, SigningKey } from './keys.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyId } from './extensions.ts';
import type { Extension } from './extensions.ts';
import { makeCertificate } from './x509.ts';
import type { Certificate, CertificateSpec, Name } from './x509.ts';

// Moved into the product, which makes the worlds of policy tests by it.
export * from '../../src/rehearse/world/notation/envelope.ts';

/** How a notary differs from a P-256 leaf below an intermediate and a root. */
export interface NotaryMaking {
  readonly now: number;
  readonly keyType?: KeyType;
  readonly caKeyType?: KeyType;
  readonly subject?: Name;
  /** How many authorities stand between root and leaf; -1: the leaf signed itself. Default: 1. */
  readonly between?: number;
  readonly leaf?: Partial<CertificateSpec>;
  readonly leafExtensions?: readonly Extension[];
  /** Of the authority at this place, the root being 0. */
  readonly authority?: (depth: number, spec: CertificateSpec) => CertificateSpec;
  readonly key?: SigningKey;
}

const YEAR = 365 * 24 * 3600 * 1000;
export const NOTARY_NAME: Name = [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['CN', 'release']];

/** Makes a notary, valid a year around `now`, below authorities of five. */
export function makeNotary(options: NotaryMaking): Notary {
  const { now, between = 1, keyType = 'p256', caKeyType = 'p256' } = options;
  const key = options.key ?? makeKey(keyType);
  const subject = options.subject ?? NOTARY_NAME;
  const window = { notBefore: now - 5 * YEAR, notAfter: now + 5 * YEAR };
  const extensions = options.leafExtensions ?? [keyUsage(['digitalSignature']), extendedKeyUsage(['codeSigning']), subjectKeyId(key.spki)];
  const spec: CertificateSpec = { subject, issuer: subject, spki: key.spki, notBefore: now - YEAR, notAfter: now + YEAR, extensions, ...options.leaf };
  if (between < 0) {
    const alone = makeCertificate(spec, key);
    return { key, chain: [alone], root: alone };
  }
  const authorities: Certificate[] = [];
  let issuer: { readonly name: Name; readonly key: SigningKey } | undefined;
  for (let depth = 0; depth <= between; depth += 1) {
    const own = makeKey(caKeyType);
    const name: Name = [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['CN', depth === 0 ? 'root' : `authority ${depth}`]];
    const by = issuer ?? { name, key: own };
    const authority: CertificateSpec = {
      subject: name, issuer: by.name, spki: own.spki, ...window,
      extensions: [keyUsage(['keyCertSign', 'cRLSign']), basicConstraints(true), subjectKeyId(own.spki), authorityKeyId(by.key.spki)],
    };
    authorities.unshift(makeCertificate(options.authority?.(depth, authority) ?? authority, by.key));
    issuer = { name, key: own };
  }
  if (issuer === undefined) throw new Error('a chain has a root');
  const leaf = makeCertificate({ ...spec, issuer: issuer.name, ...options.leaf, extensions: [...extensions, authorityKeyId(issuer.key.spki)] }, issuer.key);
  const root = authorities.at(-1);
  if (root === undefined) throw new Error('a chain has a root');
  return { key, chain: [leaf, ...authorities], root };
}

/** How a signature is pushed: as of today, or with the legacy media type of the config. */
export interface NotaryPush {
  readonly subject: Pick<Pushable, 'mediaType' | 'digest' | 'manifest'>;
  readonly envelope: Buffer;
  readonly format?: 'notation-jws' | 'notation-cose';
  readonly legacy?: boolean;
  readonly layers?: readonly Buffer[];
  readonly mediaType?: string;
}

/** The manifest by which an envelope refers to an image (signature-specification, "OCI Signatures"). */
export function notationReferrer({ subject, envelope, format = 'notation-jws', legacy = false, layers = [envelope], mediaType }: NotaryPush): Pushable {
  const type = mediaType ?? (format === 'notation-cose' ? 'application/cose' : 'application/jose+json');
  const config = Buffer.from('{}');
  const artifactType = 'application/vnd.cncf.notary.signature';
  const annotations = { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' };
  const manifest = pushable('application/vnd.oci.image.manifest.v1+json', [blob(config), ...layers.map(blob)], {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...(legacy ? {} : { artifactType }),
    config: describe(legacy ? artifactType : 'application/vnd.oci.empty.v1+json', config),
    layers: layers.map((bytes) => describe(type, bytes)),
    subject: descriptorOf(subject),
    annotations,
  });
  return { ...manifest, subject: descriptorOf(subject), artifactType, annotations };
}
