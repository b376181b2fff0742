/** Authorities of a test's own, and the certificates that they issue to whom a policy names: what stands in for one's own PKI. */
import { own, ownText } from '../../text/json/fields.ts';
import { parseDuration } from '../../text/duration.ts';
import { ATTRIBUTE_TYPES, readDistinguishedName } from '../../text/names/distinguished-name.ts';
import type { Result } from '../../text/result.ts';
import { bad, good } from '../../text/result.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectAltName, subjectKeyId } from '../world/asn1/extensions.ts';
import type { Extension } from '../world/asn1/extensions.ts';
import { makeCertificate, positive } from '../world/asn1/x509.ts';
import type { Certificate, Name } from '../world/asn1/x509.ts';
import { sha256Hex } from '../world/encode.ts';
import { makeKey } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';
import { sampleOf } from './sample.ts';

/** An authority that can issue. */
export interface OwnAuthority {
  readonly certificate: Certificate;
  readonly key: SigningKey;
}

/** Whom a certificate names, and what it is for. */
export interface HolderSpec {
  readonly subject: Name;
  readonly uriOrOther?: string;
  /** Whom it names as its issuer; absent: the authority itself. */
  readonly issuer?: Name;
  readonly usages: readonly string[];
  /** Milliseconds. */
  readonly lifetime: number;
}

/** A key with its certificate, and what stands between that and the authority. */
export interface IssuedHolder extends OwnAuthority {
  readonly chain: readonly Certificate[];
}

const YEAR = 365 * 86_400_000;
const USUAL_LIFETIME = 90 * 86_400_000;
const ANY = 'any';

/** An authority around `now`, epoch milliseconds, that is its own issuer. */
export function makeAuthority(now: number): OwnAuthority {
  const key = makeKey();
  const name: Name = [['O', 'world.example'], ['CN', 'world.example authority']];
  return { key, certificate: issued({ ...authorityAt(now), subject: name, spki: key.spki, issuer: { name, key } }) };
}

/** A certificate for a new key, from a minute before `at` on; its serial number follows from `place`, which is unique in a test. */
export function issueTo(
  { subject, uriOrOther: san, issuer, usages, lifetime }: HolderSpec, root: OwnAuthority,
  { at, place }: { readonly at: number; readonly place: string },
): IssuedHolder {
  const [key, between] = [makeKey(), issuer === undefined ? undefined : makeKey()];
  const serial = positive(Buffer.from(sha256Hex(place).slice(0, 32), 'hex'));
  const [from, rootName] = [at - 60_000, root.certificate.spec.subject];
  const authority = between === undefined || issuer === undefined ? { name: rootName, key: root.key } : { name: issuer, key: between };
  const chain = between === undefined || issuer === undefined
    ? []
    : [issued({ ...authorityAt(at), subject: issuer, spki: between.spki, issuer: { name: rootName, key: root.key } })];
  const extensions = [
    basicConstraints(false),
    keyUsage(['digitalSignature']),
    ...(usages.length === 0 ? [] : [extendedKeyUsage(usages)]),
    ...(san === undefined ? [] : [subjectAltName([{ type: nameType(san), value: san }], subject.length === 0)]),
  ];
  const until = from + lifetime;
  return { key, chain, certificate: issued({ subject, spki: key.spki, issuer: authority, from, until, extensions, serial }) };
}

/** What an identity of kind x509 demands, as somebody who meets it; says which field no example could be made of. */
export function holderOf(x509: unknown): Result<HolderSpec> {
  const subject = nameOf(ownText(x509, 'subject') ?? ownText(x509, 'subjectGlob') ?? ownText(x509, 'subjectIncludes'));
  const issuer = nameOf(ownText(x509, 'issuer'));
  const san = sampleOf({ exact: ownText(x509, 'san'), glob: ownText(x509, 'sanGlob') });
  if (subject === undefined || issuer === undefined) return bad('no example could be made of the distinguished names that this Signer demands');
  const eku = own(x509, 'eku');
  const usages = Array.isArray(eku) ? eku.map(String).filter((usage) => usage !== ANY) : ['codeSigning'];
  return good({
    subject: subject.length > 0 || san !== undefined ? subject : [['CN', 'somebody']],
    ...(san === undefined ? {} : { uriOrOther: san }), ...(issuer.length === 0 ? {} : { issuer }), usages, lifetime: lifetimeOf(x509),
  });
}

/** A workload that an identity of kind spiffe means. */
export function workloadOf(spiffe: unknown): Result<HolderSpec> {
  const id = sampleOf({ exact: ownText(spiffe, 'id'), glob: ownText(spiffe, 'idGlob') });
  return id === undefined
    ? bad('no example could be made of the SPIFFE ID that this Signer demands')
    : good({ subject: [['O', 'SPIRE']], uriOrOther: id, usages: ['serverAuth', 'clientAuth'], lifetime: lifetimeOf(spiffe) });
}

function lifetimeOf(identity: unknown): number {
  const read = parseDuration(ownText(identity, 'maxCertificateLifetime') ?? '');
  return Math.min(read.ok ? read.value : USUAL_LIFETIME, USUAL_LIFETIME);
}

const OIDS = new Map([...ATTRIBUTE_TYPES].map(([oid, name]) => [name, oid]));

/** Attribute by attribute, so that a pattern of one never reaches into another; `[]`: no name is demanded. */
function nameOf(text: string | undefined): Name | undefined {
  if (text === undefined) return [];
  if (text === '**') return [['CN', 'somebody']];
  const read = readDistinguishedName(text);
  if (!read.ok) return undefined;
  return read.value.map(({ type, value }) => {
    const oid = (OIDS.get(type) ?? type) as `${number}.${string}`;
    return [oid, sampleOf({ glob: value }) ?? value] as const;
  });
}

const AUTHORITY: readonly Extension[] = [basicConstraints(true), keyUsage(['keyCertSign', 'cRLSign'])];

function authorityAt(at: number): Pick<Issuing, 'from' | 'until' | 'extensions'> {
  return { from: at - YEAR, until: at + YEAR, extensions: AUTHORITY };
}

/** By which of its types a policy compares it. */
function nameType(name: string): 'uri' | 'email' | 'dns' {
  if (name.includes('://')) return 'uri';
  return name.includes('@') ? 'email' : 'dns';
}

interface Issuing {
  readonly subject: Name;
  readonly spki: Uint8Array;
  readonly issuer: { readonly name: Name; readonly key: SigningKey };
  readonly from: number;
  readonly until: number;
  readonly extensions: readonly Extension[];
  readonly serial?: Uint8Array;
}

function issued({ subject, spki, issuer, from, until, extensions, serial }: Issuing): Certificate {
  const ids = [subjectKeyId(spki), authorityKeyId(issuer.key.spki)];
  const all = [...extensions, ...ids];
  return makeCertificate(
    { subject, issuer: issuer.name, spki, notBefore: from, notAfter: until, extensions: all, ...(serial && { serial }) }, issuer.key,
  );
}
