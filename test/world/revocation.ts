import { createHash } from 'node:crypto';
import type { Extension } from './extensions.ts';
import { authorityKeyId } from './extensions.ts';
import { NULL, bits, bool, ctx, ctxPrimitive, generalizedTime, int, octets, oid, seq, time, tlv } from './der.ts';
import { signWith } from './keys.ts';
import type { SigningKey } from './keys.ts';
import type { Holder } from './own-pki.ts';
import { distinguishedName, signatureAlgorithm } from './x509.ts';

/** What authorities publish about revocation: lists, deltas, and answers of OCSP responders. Times are epoch milliseconds. */

/** A certificate on a list. */
export interface ListedSerial {
  /** Bytes are the content of the INTEGER as it stands, well-formed or not. */
  readonly serial: Uint8Array | number;
  readonly at: number;
  /** The number of a CRLReason. */
  readonly reason?: number;
  readonly invalidFrom?: number;
  readonly extensions?: readonly Extension[];
}

export interface ListOptions {
  readonly thisUpdate: number;
  readonly nextUpdate?: number | null;
  readonly revoked?: readonly ListedSerial[];
  readonly number?: number | bigint;
  readonly deltaOf?: number | bigint;
  readonly freshest?: readonly string[];
  /** Fields of the issuing distribution point. */
  readonly scope?: Uint8Array;
  readonly extensions?: readonly Extension[];
  readonly version?: number | null;
  readonly key?: SigningKey;
  readonly innerAlgorithm?: Uint8Array;
}

const OIDS = {
  number: '2.5.29.20', reason: '2.5.29.21', invalidity: '2.5.29.24', delta: '2.5.29.27', scope: '2.5.29.28', points: '2.5.29.31',
  freshest: '2.5.29.46', access: '1.3.6.1.5.5.7.1.1',
} as const;

/** A list by an authority, DER. */
export function makeList(issuer: Holder, options: ListOptions): Buffer {
  const { thisUpdate, nextUpdate = thisUpdate + 7 * 86_400_000, revoked = [], number = 1, deltaOf, freshest, scope, version = 1 } = options;
  const key = options.key ?? issuer.key;
  const extensions: Extension[] = [
    authorityKeyId(issuer.key.spki),
    { oid: OIDS.number, value: int(number) },
    ...(deltaOf === undefined ? [] : [{ oid: OIDS.delta, critical: true, value: int(deltaOf) }]),
    ...(scope === undefined ? [] : [{ oid: OIDS.scope, critical: true, value: seq(scope) }]),
    ...(freshest === undefined ? [] : [{ ...points(freshest), oid: OIDS.freshest }]),
    ...(options.extensions ?? []),
  ];
  const algorithm = signatureAlgorithm(key);
  const tbs = seq(
    ...(version === null ? [] : [int(version)]),
    options.innerAlgorithm ?? algorithm,
    distinguishedName(issuer.certificate.spec.subject),
    time(thisUpdate),
    ...(nextUpdate === null ? [] : [time(nextUpdate)]),
    ...(revoked.length === 0 ? [] : [seq(...revoked.map(entry))]),
    ctx(0, seq(...extensions.map(extension))),
  );
  return seq(tbs, algorithm, bits(signWith(key, tbs)));
}

function entry({ serial, at, reason, invalidFrom, extensions = [] }: ListedSerial): Buffer {
  const all: Extension[] = [
    ...(reason === undefined ? [] : [{ oid: OIDS.reason, value: tlv(0x0a, Buffer.from([reason])) }]),
    ...(invalidFrom === undefined ? [] : [{ oid: OIDS.invalidity, value: generalizedTime(invalidFrom) }]),
    ...extensions,
  ];
  return seq(typeof serial === 'number' ? int(serial) : tlv(0x02, serial), time(at), ...(all.length === 0 ? [] : [seq(...all.map(extension))]));
}

/** CRL distribution points of a certificate: one point with all of these URLs. */
export function points(urls: readonly string[]): Extension {
  return { oid: OIDS.points, value: seq(seq(placeName(urls))) };
}

/** The name of a distribution point, for a certificate's points or a list's scope. */
export function placeName(urls: readonly string[]): Buffer {
  return ctx(0, ctx(0, ...urls.map((url) => ctxPrimitive(6, Buffer.from(url)))));
}

/** Where a certificate says that its responder is. */
export function responder(url: string): Extension {
  return { oid: OIDS.access, value: seq(seq(oid('1.3.6.1.5.5.7.48.1'), ctxPrimitive(6, Buffer.from(url)))) };
}

export interface AnswerOptions {
  readonly serial: Uint8Array | number;
  readonly status: 'good' | 'unknown' | { readonly at: number; readonly reason?: number; readonly invalidFrom?: number };
  readonly thisUpdate: number;
  readonly nextUpdate?: number | null;
  /** Who signs; default: the issuer itself. */
  readonly by?: Holder;
  /** Certificates that come with it; default: the signer's where it is not the issuer. */
  readonly certificates?: readonly Holder[];
  readonly hash?: 'sha1' | 'sha256';
  readonly byKey?: boolean;
  readonly responseStatus?: number;
  readonly key?: SigningKey;
  /** How often it speaks about the certificate. */
  readonly times?: number;
  /** What it says besides, about whatever certificate. */
  readonly more?: readonly Pick<AnswerOptions, 'serial' | 'status' | 'hash'>[];
  readonly extensions?: readonly Extension[];
}

/** An answer about a certificate of `issuer`, DER. */
export function makeAnswer(issuer: Holder, options: AnswerOptions): Buffer {
  const { serial, status, thisUpdate, nextUpdate = thisUpdate + 86_400_000, by = issuer, hash = 'sha1', byKey = true, responseStatus = 0, times = 1 } = options;
  if (responseStatus !== 0) return seq(tlv(0x0a, Buffer.from([responseStatus])));
  const digest = (bytes: Uint8Array, name: string): Buffer => createHash(name).update(bytes).digest();
  const subject = ({ certificate }: Holder): Buffer => distinguishedName(certificate.spec.subject);
  const singleOf = ({ serial: number, status: told, hash: name = 'sha1' }: Pick<AnswerOptions, 'serial' | 'status' | 'hash'>): Buffer => {
    const algorithm = name === 'sha1' ? '1.3.14.3.2.26' : '2.16.840.1.101.3.4.2.1';
    const id = seq(seq(oid(algorithm), NULL), octets(digest(subject(issuer), name)), octets(digest(publicBits(issuer.key), name)), int(number));
    return seq(
      id, statusOf(told), generalizedTime(thisUpdate), ...(nextUpdate === null ? [] : [ctx(0, generalizedTime(nextUpdate))]),
      ...(typeof told === 'object' && told.invalidFrom !== undefined
        ? [ctx(1, seq(extension({ oid: OIDS.invalidity, value: generalizedTime(told.invalidFrom) })))] : []),
    );
  };
  const singles = [...Array.from({ length: times }, () => singleOf({ serial, status, hash })), ...(options.more ?? []).map(singleOf)];
  const data = seq(
    byKey ? ctx(2, octets(digest(publicBits(by.key), 'sha1'))) : ctx(1, subject(by)),
    generalizedTime(thisUpdate), seq(...singles),
    ...(options.extensions === undefined ? [] : [ctx(1, seq(...options.extensions.map(extension)))]),
  );
  const key = options.key ?? by.key;
  const certificates = options.certificates ?? (by === issuer ? [] : [by]);
  const basic = seq(
    data, signatureAlgorithm(key), bits(signWith(key, data)),
    ...(certificates.length === 0 ? [] : [ctx(0, seq(...certificates.map(({ certificate }) => certificate.der)))]),
  );
  return seq(tlv(0x0a, Buffer.from([0])), ctx(0, seq(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))));
}

function statusOf(status: AnswerOptions['status']): Buffer {
  if (status === 'good') return ctxPrimitive(0, Buffer.alloc(0));
  if (status === 'unknown') return ctxPrimitive(2, Buffer.alloc(0));
  return ctx(1, generalizedTime(status.at), ...(status.reason === undefined ? [] : [ctx(0, tlv(0x0a, Buffer.from([status.reason])))]));
}

/** The bits of a SubjectPublicKeyInfo, without what lies around them. */
function publicBits({ spki }: SigningKey): Uint8Array {
  const der = Buffer.from(spki);
  const skip = (at: number): { readonly start: number; readonly end: number } => {
    const first = der[at + 1] ?? 0;
    const size = first < 0x80 ? 0 : first & 0x7f;
    const length = size === 0 ? first : der.readUIntBE(at + 2, size);
    return { start: at + 2 + size, end: at + 2 + size + length };
  };
  const algorithm = skip(skip(0).start);
  return der.subarray(skip(algorithm.end).start + 1);
}

function extension({ oid: id, critical, value }: Extension): Buffer {
  return seq(oid(id), ...(critical === true ? [bool(true)] : []), octets(value));
}
