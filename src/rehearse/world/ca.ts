/** A certificate authority like Fulcio, and the short-lived certificates that it issues. */
import { randomBytes } from 'node:crypto';
import { makeSct, sctExtension } from './log/ct-log.ts';
import type { CtLog, SctOverrides } from './log/ct-log.ts';
import { utf8 } from './asn1/der.ts';
import { OIDS, authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectAltName, subjectKeyId } from './asn1/extensions.ts';
import type { Extension, GeneralName, KeyUsage } from './asn1/extensions.ts';
import { makeKey } from './keys.ts';
import type { KeyType, SigningKey } from './keys.ts';
import { makeCertificate, positive, tbsCertificate } from './asn1/x509.ts';
import type { Certificate, CertificateSpec, Name } from './asn1/x509.ts';

/** Who a keyless signer is. A plain text `san` becomes a URI if it holds `://`, an e-mail if it holds `@`, else a DNS name. */
export interface Identity {
  readonly san: string | GeneralName | readonly GeneralName[];
  /** The OIDC issuer, written to OIDs .1 (raw) and .8 (UTF8String). */
  readonly issuer: string;
  /** Further Fulcio claims by camelCase name, see {@link CLAIM_OIDS}. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** What one code-signing certificate says differently. */
export interface CertificateOverrides {
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly subject?: Name;
  readonly issuerName?: Name;
  readonly serial?: Buffer;
  /** `false` leaves the extension out. */
  readonly eku?: readonly string[] | false;
  readonly keyUsage?: readonly KeyUsage[] | false;
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  readonly sanCritical?: boolean;
  readonly issuerV1?: string | false;
  readonly issuerV2?: string | false;
  /** Appended before the SCT. */
  readonly extensions?: readonly Extension[];
  /** Last word on all extensions but the SCT. */
  readonly mapExtensions?: (extensions: readonly Extension[]) => readonly Extension[];
  /** Logs that give an SCT; empty: no SCT extension. Default: the world's CT log. */
  readonly ctLogs?: readonly CtLog[];
  readonly sct?: SctOverrides;
  /** Key that signs the certificate instead of the issuing CA's. */
  readonly issuerKey?: SigningKey;
  readonly signature?: (tbs: Buffer) => Buffer;
}

/** Signing authority: certificates from the issuing one up to the root, and the issuing key. */
export interface CertificateAuthority {
  readonly issuingKey: SigningKey;
  readonly rootKey: SigningKey;
  /** Issuing certificate first, root last. */
  readonly chain: readonly Certificate[];
  readonly uri: string;
}

/** How an authority differs from a P-384 root with one intermediate. */
export interface CaOptions {
  readonly now: number;
  readonly keyType?: KeyType;
  readonly organization?: string;
  readonly uri?: string;
  /** False: the root issues leaves itself. */
  readonly intermediate?: boolean;
  /** Appended to the issuing certificate: name constraints, unknown critical extensions. */
  readonly extensions?: readonly Extension[];
  readonly notBefore?: number;
  readonly notAfter?: number;
}

const YEAR = 365 * 24 * 3600 * 1000;

/** Fulcio's claims (oid-info.md): name → last arc below 1.3.6.1.4.1.57264.1. Arcs 2 to 6 are raw text, later ones UTF8String. */
export const CLAIM_OIDS: Readonly<Record<string, number>> = {
  githubWorkflowTrigger: 2,
  githubWorkflowSHA: 3,
  githubWorkflowName: 4,
  githubWorkflowRepository: 5,
  githubWorkflowRef: 6,
  buildSignerURI: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryURI: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryIdentifier: 15,
  sourceRepositoryOwnerURI: 16,
  sourceRepositoryOwnerIdentifier: 17,
  buildConfigURI: 18,
  buildConfigDigest: 19,
  buildTrigger: 20,
  runInvocationURI: 21,
  sourceRepositoryVisibilityAtSigning: 22,
};

/** Makes a Fulcio-like authority, valid five years around `now`. */
export function makeCa(options: CaOptions): CertificateAuthority {
  const type = options.keyType ?? 'p384';
  const organization = options.organization ?? 'world.example';
  const window = { notBefore: options.notBefore ?? options.now - 5 * YEAR, notAfter: options.notAfter ?? options.now + 5 * YEAR };
  const rootKey = makeKey(type);
  const rootName: Name = [['O', organization], ['CN', `${organization} root`]];
  const direct = options.intermediate === false;
  const root = makeCertificate({ ...caSpec(rootName, rootName, rootKey, direct ? options.extensions : []), ...window }, rootKey);
  const uri = options.uri ?? 'https://fulcio.world.example';
  if (direct) return { issuingKey: rootKey, rootKey, chain: [root], uri };

  const issuingKey = makeKey(type);
  const name: Name = [['O', organization], ['CN', `${organization} intermediate`]];
  const issuingExtensions = [authorityKeyId(rootKey.spki), extendedKeyUsage(['codeSigning']), ...(options.extensions ?? [])];
  const spec = caSpec(name, rootName, issuingKey, issuingExtensions, 0);
  return { issuingKey, rootKey, chain: [makeCertificate({ ...spec, ...window }, rootKey), root], uri };
}

/** What is certified: a key for an identity, from `at` on, published in a CT log. */
export interface CertificateRequest {
  readonly key: SigningKey;
  readonly identity: Identity;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly ctLog: CtLog;
}

/** Issues a code-signing certificate for ten minutes from `at`, as Fulcio does, with SCTs embedded. */
export function issueCertificate(ca: CertificateAuthority, request: CertificateRequest, override: CertificateOverrides = {}): Certificate {
  const issuerKey = override.issuerKey ?? ca.issuingKey;
  const spec: CertificateSpec & { readonly serial: Uint8Array } = {
    subject: override.subject ?? [],
    issuer: override.issuerName ?? issuing(ca).spec.subject,
    spki: request.key.spki,
    serial: override.serial ?? positive(randomBytes(20)),
    notBefore: override.notBefore ?? request.at,
    notAfter: override.notAfter ?? request.at + 600_000,
    extensions: leafExtensions(ca, request, override),
  };
  const precert = { tbs: tbsCertificate(spec, issuerKey), issuerSpki: ca.issuingKey.spki, at: request.at };
  const scts = (override.ctLogs ?? [request.ctLog]).map((log) => makeSct(log, precert, override.sct));
  const extensions = scts.length === 0 ? spec.extensions : [...spec.extensions, sctExtension(scts)];
  return makeCertificate({ ...spec, extensions }, issuerKey, override.signature);
}

function leafExtensions(ca: CertificateAuthority, request: CertificateRequest, override: CertificateOverrides): readonly Extension[] {
  const { basicConstraints: constraints } = override;
  const extensions = [
    ...(override.keyUsage === false ? [] : [keyUsage(override.keyUsage ?? ['digitalSignature'])]),
    ...(override.eku === false ? [] : [extendedKeyUsage(override.eku ?? ['codeSigning'])]),
    ...(constraints ? [basicConstraints(constraints.ca, constraints.pathLength)] : []),
    subjectKeyId(request.key.spki),
    authorityKeyId(ca.issuingKey.spki),
    ...subjectNames(request.identity.san, override.sanCritical),
    ...issuerClaims(request.identity.issuer, override),
    ...Object.entries(request.identity.claims ?? {}).map(([name, value]) => claimExtension(name, value)),
    ...(override.extensions ?? []),
  ];
  return override.mapExtensions?.(extensions) ?? extensions;
}

/** One Fulcio claim as a certificate extension. */
export function claimExtension(name: string, value: string): Extension {
  const arc = CLAIM_OIDS[name];
  if (arc === undefined) throw new Error(`unknown Fulcio claim ${name}`);
  return fulcio(arc, arc <= 6 ? Buffer.from(value, 'utf8') : utf8(value));
}

function issuerClaims(issuer: string, override: CertificateOverrides): Extension[] {
  const v1 = override.issuerV1 ?? issuer;
  const v2 = override.issuerV2 ?? issuer;
  return [...(v1 === false ? [] : [fulcio(1, Buffer.from(v1, 'utf8'))]), ...(v2 === false ? [] : [fulcio(8, utf8(v2))])];
}

function fulcio(arc: number, value: Buffer): Extension {
  return { oid: `${OIDS.fulcio}.${arc}`, value };
}

function subjectNames(san: Identity['san'], critical = true): Extension[] {
  const names = typeof san === 'string' ? [textName(san)] : 'type' in san ? [san] : san;
  return names.length === 0 ? [] : [subjectAltName(names, critical)];
}

function textName(value: string): GeneralName {
  if (value.includes('://')) return { type: 'uri', value };
  return { type: value.includes('@') ? 'email' : 'dns', value };
}

function caSpec(
  subject: Name, issuer: Name, key: SigningKey, extra: readonly Extension[] = [], pathLength = 1,
): Omit<CertificateSpec, 'notBefore' | 'notAfter'> {
  const extensions = [keyUsage(['keyCertSign', 'cRLSign']), basicConstraints(true, pathLength), subjectKeyId(key.spki), ...extra];
  return { subject, issuer, spki: key.spki, extensions };
}

function issuing(ca: CertificateAuthority): Certificate {
  const [first] = ca.chain;
  if (first === undefined) throw new Error('an authority has at least one certificate');
  return first;
}
