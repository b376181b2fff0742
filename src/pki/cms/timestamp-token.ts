/** RFC 3161 timestamps, read and not yet believed. */
import { readTime } from '../der-time.ts';
import type { DerNode } from '../der.ts';
import { expectTag, Malformed, readBoolean, readDer, readInteger, readOid, readSmallInteger, sequence, TAG } from '../der.ts';
import type { SignedData, SignerInfo } from './signed-data.ts';
import { readClaimedSigner, readHashAlgorithm, readSignedData } from './signed-data.ts';
import type { HashName } from '../signatures/curves.ts';

/** A timestamp token as parsed; nothing in it is verified. */
export interface TimestampToken {
  readonly signed: SignedData;
  /** Epoch milliseconds. */
  readonly time: number;
  /** By how many milliseconds the time may be wrong to either side, rounded up; a second where the authority does not say. */
  readonly accuracy: number;
  readonly imprint: { readonly algorithm: HashName; readonly hash: Uint8Array };
  /** Hash of the signer's certificate that the signed attributes name; absent hashes are malformed. */
  readonly signerHash: { readonly version: 1 | 2; readonly algorithm: HashName | 'sha1'; readonly hash: Uint8Array };
}

const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const STATUS_GRANTED_WITH_MODS = 1;
const UNSTATED_ACCURACY = 1000;

/** Parses a TimeStampResp (RFC 3161, 2.4.2) that grants a token. Throws `Malformed`. */
export function readTimestampResponse(der: Uint8Array): TimestampToken {
  return readTimestampToken(grantedToken(der));
}

/** Parses a bare token, as countersignatures carry it. Throws `Malformed`. */
export function readTimestampToken(contentInfo: DerNode): TimestampToken {
  const signed = readSignedData(contentInfo);
  if (signed.contentType !== TST_INFO) throw new Malformed('token holds no TSTInfo');
  return { signed, ...readInfo(readDer(signed.content)), signerHash: readSignerHash(signed) };
}

/** Who made a timestamp, by its own word; see {@link readClaimedSigner}. Throws `Malformed`. */
export function readTimestampSigner(der: Uint8Array): SignerInfo['id'] {
  return readClaimedSigner(grantedToken(der));
}

function grantedToken(der: Uint8Array): DerNode {
  const [status, token, ...rest] = sequence(readDer(der));
  if (readSmallInteger(sequence(status)[0]) > STATUS_GRANTED_WITH_MODS) throw new Malformed('the timestamp authority refused the request');
  if (token === undefined || rest.length > 0) throw new Malformed('timestamp response holds no token');
  return token;
}

function readInfo(node: DerNode): Pick<TimestampToken, 'time' | 'accuracy' | 'imprint'> {
  const [version, policy, imprint, serial, time, ...optional] = sequence(node);
  if (readSmallInteger(version) !== 1) throw new Malformed('TSTInfo is not of version 1');
  readOid(policy);
  readInteger(serial);
  expectTag(time, TAG.generalizedTime);
  requireOptionalParts(optional);
  const [algorithm, hash] = sequence(imprint);
  const accuracy = readAccuracy(optional.find(({ tag }) => tag === TAG.sequence));
  const digest = expectTag(hash, TAG.octetString).content;
  return { time: readTime(time), accuracy, imprint: { algorithm: readHashAlgorithm(algorithm), hash: digest } };
}

/** Accuracy, ordering, nonce, tsa and extensions: each at most once and in this order; a critical extension is not understood. */
function requireOptionalParts(parts: readonly DerNode[]): void {
  const order = [TAG.sequence, TAG.boolean, TAG.integer, 0xa0, 0xa1] as const;
  let next = 0;
  for (const part of parts) {
    const index = order.findIndex((tag, position) => position >= next && tag === part.tag);
    if (index < 0) throw new Malformed('TSTInfo has unexpected parts');
    next = index + 1;
    if (part.tag === 0xa1 && hasCritical(part)) throw new Malformed('TSTInfo has a critical extension');
  }
}

/** Seconds, milliseconds and microseconds, each of them optional (RFC 3161, 2.4.2). */
function readAccuracy(node: DerNode | undefined): number {
  if (node === undefined) return UNSTATED_ACCURACY;
  const parts = sequence(node);
  const take = (tag: number): number => {
    if (parts[0]?.tag !== tag) return 0;
    const part = parts.shift();
    return part === undefined ? 0 : readSmallInteger({ ...part, tag: TAG.integer });
  };
  const [seconds, millis, micros] = [take(TAG.integer), take(0x80), take(0x81)];
  if (parts.length > 0 || millis > 999 || micros > 999) throw new Malformed('accuracy of the timestamp has unexpected parts');
  return seconds + millis + micros === 0 ? UNSTATED_ACCURACY : seconds * 1000 + millis + Math.ceil(micros / 1000);
}

function hasCritical(extensions: DerNode): boolean {
  return sequence({ ...extensions, tag: TAG.sequence }).some((extension) => {
    const flag = sequence(extension)[1];
    return flag?.tag === TAG.boolean && readBoolean(flag);
  });
}

/** ESSCertID of RFC 2634, 5.4 (SHA-1) or ESSCertIDv2 of RFC 5035, 3; RFC 3161, 2.4.2 demands one. */
function readSignerHash({ signer }: SignedData): TimestampToken['signerHash'] {
  const v2 = signer.attributes.get(SIGNING_CERTIFICATE_V2);
  const v1 = signer.attributes.get(SIGNING_CERTIFICATE);
  const named = v2 ?? v1;
  if (named === undefined) throw new Malformed('the timestamp does not name the certificate of its signer (signing-certificate-v2)');
  const first = sequence(sequence(sequence(named)[0])[0]);
  if (v2 === undefined) return { version: 1, algorithm: 'sha1', hash: expectTag(first[0], TAG.octetString).content };
  const algorithm = first[0]?.tag === TAG.sequence ? readHashAlgorithm(first.shift()) : 'sha256';
  return { version: 2, algorithm, hash: expectTag(first[0], TAG.octetString).content };
}
