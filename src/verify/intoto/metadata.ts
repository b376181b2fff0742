/** Layouts and links as they are signed, classic or in an envelope, with the exact bytes each signature is over. */
import { pae } from '../../pki/signatures/pae.ts';
import { readEnvelope } from '../statement/dsse.ts';
import type { Members } from '../fields.ts';
import { list, member, members, text } from '../fields.ts';
import { readJson } from '../json.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import { decodeHex } from '../../text/hex.ts';
import { canonicalJson, NotCanonical } from '../../text/json/olpc.ts';
import { LAYOUT_LIMITS } from './limits.ts';

/** The only DSSE payload type of layouts and links (in-toto ITE-5); statements share it, `_type` tells them apart. */
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** One signature on a layout or link; nothing about it is verified. */
export interface MetadataSignature {
  /** A hint: names the key to try, proves nothing. */
  readonly keyid: string;
  readonly signature: Uint8Array;
  /** OpenPGP: the hashed part of the signature packet (RFC 4880, 5.2.3), which is signed along. */
  readonly otherHeaders?: Uint8Array;
  /** PEM certificate of the signer (in-toto-golang). */
  readonly certificate?: string;
}

/** A layout or link with its signatures, parsed; nothing is verified. */
export interface Metadata {
  readonly type: 'layout' | 'link';
  /** The value that was signed. */
  readonly signed: Members;
  /** The exact bytes every signature is over; OpenPGP signatures append their headers. */
  readonly message: Uint8Array;
  readonly signatures: readonly MetadataSignature[];
}

/**
 * Parses a layout or link: classic `{signed, signatures}`, whose signatures are over the canonical form of `signed`
 * exactly as received, or a DSSE envelope. A file that is both is refused: readers would disagree on what was signed.
 */
export function readMetadata(bytes: Uint8Array): Parsed<Metadata> {
  return parsed('VERIFY_MALFORMED', () => {
    const file = members(readJson(bytes), 'metadata');
    const [classic, dsse] = [member(file, 'signed') !== undefined, member(file, 'payload') !== undefined];
    if (classic && dsse) throw new Refusal('metadata has both signed and payload', { expected: 'one of them' });
    if (!classic && !dsse)
      throw new Refusal('metadata has neither signed nor payload', {
        found: clip(Object.keys(file).join(', ')),
        expected: 'an in-toto layout or link',
      });
    return dsse ? fromEnvelope(file) : fromClassic(file);
  });
}

function fromClassic(file: Members): Metadata {
  const signed = members(member(file, 'signed'), 'signed');
  const signatures = list(file, 'signatures', 'metadata', LAYOUT_LIMITS.signatures).map((value, index) =>
    classicSignature(value, `signatures[${index}]`),
  );
  return { type: typeOf(signed), signed, message: canonicalBytes(signed), signatures };
}

function canonicalBytes(signed: Members): Uint8Array {
  try {
    return canonicalJson(signed);
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    const { message, found, expected } = error;
    throw new Refusal(message, { ...(found === undefined ? {} : { found }), ...(expected === undefined ? {} : { expected }) });
  }
}

function classicSignature(value: unknown, place: string): MetadataSignature {
  const signature = members(value, place);
  const keyid = text(signature, 'keyid', place);
  if (member(signature, 'other_headers') !== undefined) {
    return { keyid, signature: hex(signature, 'signature', place), otherHeaders: hex(signature, 'other_headers', place) };
  }
  const certificate = member(signature, 'cert') === undefined ? '' : text(signature, 'cert', place, 65_536);
  return { keyid, signature: hex(signature, 'sig', place), ...(certificate === '' ? {} : { certificate }) };
}

function hex(of: Members, key: string, place: string): Uint8Array {
  const value = text(of, key, place, 16_384);
  const decoded = decodeHex(value);
  if (decoded === undefined) throw new Refusal(`${place}.${key} is not hexadecimal`, { found: clip(value, 40) });
  return decoded;
}

function fromEnvelope(file: Members): Metadata {
  const envelope = readEnvelope(file, 'metadata');
  if (envelope.payloadType !== PAYLOAD_TYPE) {
    throw new Refusal('payload type is not that of a layout or link', {
      code: 'VERIFY_PAYLOAD_TYPE',
      found: clip(envelope.payloadType),
      expected: PAYLOAD_TYPE,
    });
  }
  const named = envelope.signatures.map(({ keyid }) => keyid).filter((keyid) => keyid !== '');
  if (new Set(named).size !== named.length) throw new Refusal('metadata has two signatures with the same keyid');
  const signed = members(readJson(envelope.payload), 'payload');
  return {
    type: typeOf(signed),
    signed,
    message: pae(envelope.payloadType, envelope.payload),
    signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid, signature: sig })),
  };
}

function typeOf(signed: Members): Metadata['type'] {
  const type = text(signed, '_type', 'signed');
  if (type === 'layout' || type === 'link') return type;
  throw new Refusal('metadata is of another type', { found: clip(type), expected: 'layout or link' });
}
