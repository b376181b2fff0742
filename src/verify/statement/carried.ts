/** What a signature of an envelope brings along besides itself: its certificate, issuers and timestamps, as two tools write them. */
import { asTimestampResponse } from '../../pki/cms/timestamp-response.ts';
import { readPem } from '../../pki/pem.ts';
import { decodeBase64 } from '../../text/base64.ts';
import type { Members } from '../fields.ts';
import { list, member, members } from '../fields.ts';
import { LIMITS } from '../limits.ts';
import { Refusal } from '../problem.ts';
import type { Carried } from '../provers/signed.ts';

/**
 * Reads `certificate`, `intermediates` and `timestamps` (Witness: base64 of PEM, and of RFC 3161 tokens) or `cert` (in-toto and the
 * SLSA generators: PEM, the issuers behind it). `undefined` when the signature brings no certificate and no timestamp.
 *
 * DSSE has no such members, so what has another type is passed over like everything unknown, and what is neither PEM nor DER proves
 * nothing later on: neither may hide a good signature by key. Throws a {@link Refusal} when there is more than any signer sends.
 */
export function readCarried(signature: Members, place: string): Carried | undefined {
  const [certificateDer, ...behind] = [...certificateOf(member(signature, 'certificate')), ...pemBlocks(member(signature, 'cert'))];
  const issuers = listed(signature, 'intermediates', place, LIMITS.chainCertificates).flatMap(certificateOf);
  const timestamps = listed(signature, 'timestamps', place, LIMITS.timestamps).flatMap(timestampOf);
  if (certificateDer === undefined && timestamps.length === 0) return undefined;
  const between = [...behind, ...issuers];
  const size = [certificateDer ?? NOTHING, ...between].reduce((sum, { length }) => sum + length, 0);
  if (size > LIMITS.blobBytes)
    throw new Refusal(`${place} brings too much along`, {
      code: 'VERIFY_LIMIT', found: `${size} bytes of certificates`, expected: `at most ${LIMITS.blobBytes} bytes`,
    });
  return { ...(certificateDer === undefined ? {} : { certificateDer }), between, timestamps };
}

const NOTHING = new Uint8Array();
/** Where one PEM block ends and another may begin. */
const BEHIND_CERTIFICATE = /(?<=-----END CERTIFICATE-----)(?=\s*-----BEGIN)/;

/** What is no list is none of Witness's. */
function listed(signature: Members, key: string, place: string, max: number): readonly unknown[] {
  return Array.isArray(member(signature, key)) ? list(signature, key, place, max) : [];
}

/** Base64 of PEM or of DER: which of the two, and whether it is either, is not known before it is parsed as a certificate. */
function certificateOf(value: unknown): readonly Uint8Array[] {
  const bytes = bytesOf(value);
  if (bytes === undefined) return [];
  const pem = pemBlocks(Buffer.from(bytes).toString('latin1'));
  return pem.length > 0 ? pem : [bytes];
}

function pemBlocks(value: unknown): readonly Uint8Array[] {
  if (typeof value !== 'string' || value.length > 2 * LIMITS.blobBytes || !value.trimStart().startsWith('-----BEGIN ')) return [];
  return value.trim().split(BEHIND_CERTIFICATE, LIMITS.chainCertificates).flatMap((block) => {
    const read = readPem(block, 'CERTIFICATE');
    return read.ok ? [read.der] : [];
  });
}

function timestampOf(value: unknown, index: number): readonly Uint8Array[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const stamp = members(value, `timestamps[${index}]`);
  const data = member(stamp, 'type') === 'tsp' ? bytesOf(member(stamp, 'data')) : undefined;
  return data === undefined ? [] : [asTimestampResponse(data)];
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 2 * LIMITS.blobBytes ? decodeBase64(value) : undefined;
}
