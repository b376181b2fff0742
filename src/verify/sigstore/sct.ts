/** Certificates are proven to stand in enough certificate transparency logs, where the root demands it. */
import { hash, verify } from 'node:crypto';
import type { Certificate } from '../../pki/certificate.ts';
import { children, encodeDer, expectTag, Malformed, onlyChild, readDer, readOid, sequence, TAG } from '../../pki/der.ts';
import type { CompiledCtLog, CompiledTrust } from '../../trust/index.ts';
import { covers } from '../../trust/compiled-trust.ts';
import { ByteCursor } from '../../pki/byte-cursor.ts';
import { timeText } from './chain.ts';
import { refuse } from '../problem.ts';

/** One signed certificate timestamp (RFC 6962, 3.2). */
interface Sct {
  readonly logId: string;
  readonly timestamp: bigint;
  readonly extensions: Uint8Array;
  readonly hashAlgorithm: number;
  readonly signatureAlgorithm: number;
  readonly signature: Uint8Array;
}

/** Extension of a certificate with its embedded SCTs (RFC 6962, 3.3). */
export const EXTENSION_SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
const SHA256 = 4;
/** TLS SignatureAlgorithm by type of the log's key. */
const TLS_SIGNATURE = new Map([['ec', 3], ['rsa', 1]]);
const MAX_SCTS = 32;

/** CT logs of a trust root, and of how many distinct ones an SCT is demanded. */
export interface SctTrust extends Required<Pick<CompiledTrust, 'ctLogs'>> {
  readonly require: { readonly sct: number };
}

/**
 * Proves that enough distinct CT logs of the root have recorded the certificate (RFC 6962, 3.3, embedded SCTs).
 *
 * SCTs of unknown logs are ignored; one of a known log must verify. Distinct logs are counted, never SCTs. When
 * the root requires none, nothing is read. Refuses with VERIFY_SCT.
 */
export function proveScts(certificate: Certificate, issuer: Certificate, { ctLogs, require }: SctTrust): void {
  if (require.sct === 0) return;
  const list = certificate.extensions.get(EXTENSION_SCT_LIST);
  const scts = list === undefined ? [] : readSctList(readDer(list.value, TAG.octetString).content);
  const known = scts.flatMap((sct) => {
    const log = ctLogs.get(sct.logId);
    return log === undefined ? [] : [{ sct, log }];
  });
  const signed = known.length === 0 ? undefined : precertificate(certificate, issuer);
  for (const { sct, log } of known) if (signed !== undefined) proveSct(sct, log, signed);
  const distinct = new Set(known.map(({ log }) => log.logId)).size;
  if (distinct >= require.sct) return;
  const unknown = scts.filter(({ logId }) => !ctLogs.has(logId)).map(({ logId }) => `unknown log ${logId.slice(0, 16)}…`);
  refuse('VERIFY_SCT', {
    found: [`SCTs of ${distinct} distinct trusted logs`, ...unknown].join(', '),
    expected: `at least ${require.sct}`,
  });
}

/** Reads a SignedCertificateTimestampList (RFC 6962, 3.3). Throws `Malformed`. */
export function readSctList(bytes: Uint8Array): Sct[] {
  const outer = new ByteCursor(bytes);
  const list = new ByteCursor(outer.vector16());
  outer.end();
  const scts: Sct[] = [];
  while (list.left > 0) {
    if (scts.length === MAX_SCTS) throw new Malformed(`more than ${MAX_SCTS} SCTs`);
    const sct = readSct(list.vector16());
    if (sct !== undefined) scts.push(sct);
  }
  return scts;
}

function readSct(bytes: Uint8Array): Sct | undefined {
  const cursor = new ByteCursor(bytes);
  // Only version v1 is defined; an SCT of another version is one of an unknown log (RFC 6962, 3.2).
  if (cursor.uint(1) !== 0n) return undefined;
  const sct: Sct = {
    logId: Buffer.from(cursor.take(32)).toString('hex'),
    timestamp: cursor.uint(8),
    extensions: cursor.vector16(),
    hashAlgorithm: Number(cursor.uint(1)),
    signatureAlgorithm: Number(cursor.uint(1)),
    signature: cursor.vector16(),
  };
  cursor.end();
  return sct;
}

function proveSct(sct: Sct, log: CompiledCtLog, signed: Uint8Array): void {
  const at = Number(sct.timestamp);
  const found = `SCT of ${log.baseUrl} at ${timeText(at)}`;
  if (!covers(log.window, at)) refuse('VERIFY_SCT', { found, cause: 'the trust root does not trust the CT log at that time' });
  const expected = TLS_SIGNATURE.get(log.key.asymmetricKeyType ?? '');
  const fits = sct.hashAlgorithm === SHA256 && sct.signatureAlgorithm === expected;
  if (!fits || !verify('sha256', signedStruct(sct, signed), log.key, sct.signature))
    refuse('VERIFY_SCT', { found, cause: 'its signature does not verify' });
}

/** The digitally-signed struct of RFC 6962, 3.2, for a precertificate entry. */
function signedStruct(sct: Sct, precert: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeBigUInt64BE(sct.timestamp, 2);
  head.writeUInt16BE(1, 10);
  const extensionLength = Buffer.alloc(2);
  extensionLength.writeUInt16BE(sct.extensions.length);
  return Buffer.concat([head, precert, extensionLength, sct.extensions]);
}

/** PreCert of RFC 6962, 3.2: hash of the issuer's key, then the TBSCertificate without the SCT list. */
function precertificate(certificate: Certificate, issuer: Certificate): Uint8Array {
  const tbs = withoutSctList(certificate.tbs);
  const length = Buffer.alloc(3);
  length.writeUIntBE(tbs.length, 0, 3);
  return Buffer.concat([hash('sha256', issuer.spki, 'buffer'), length, tbs]);
}

function withoutSctList(tbs: Uint8Array): Uint8Array {
  const fields = sequence(readDer(tbs));
  const wrapper = expectTag(fields.at(-1), 0xa3);
  const kept = children(onlyChild(wrapper)).filter((extension) => readOid(sequence(extension)[0]) !== EXTENSION_SCT_LIST);
  const extensions = encodeDer(TAG.sequence, kept.map(({ raw }) => raw));
  return encodeDer(TAG.sequence, [...fields.slice(0, -1).map(({ raw }) => raw), encodeDer(0xa3, [extensions])]);
}
