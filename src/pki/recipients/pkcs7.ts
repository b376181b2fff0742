/** For whom a CMS message is encrypted, by the names of certificates. */
import type { DerNode } from '../der.ts';
import {
  children,
  decodeUtf8,
  expectTag,
  Malformed,
  onlyChild,
  readDer,
  readInteger,
  readOid,
  readSmallInteger,
  sequence,
  TAG,
} from '../der.ts';
import { hexOf } from '../../text/hex.ts';

/** A recipient of a CMS message, as its certificate is named. */
export interface CertificateName {
  /** `CN=a,O=b`: the attributes in the order of the certificate, those of one relative name joined by `+`. */
  readonly issuer: string;
  /** Lower-case hexadecimal without leading zeros. */
  readonly serial: string;
}

const ENVELOPED_DATA = '1.2.840.113549.1.7.3';
const ORIGINATOR = 0xa0;
const MOST_RECIPIENTS = 64;

/**
 * Short names of the attributes that certificates are told apart by (RFC 4514, section 3), by the content of their object
 * identifier in hexadecimal; all others go by that.
 */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['550403', 'CN'],
  ['550406', 'C'],
  ['550407', 'L'],
  ['550408', 'ST'],
  ['55040a', 'O'],
  ['55040b', 'OU'],
  ['0992268993f22c640119', 'DC'],
]);

/**
 * The recipients of a CMS EnvelopedData (RFC 5652, 6.1) that are named by issuer and serial number, at most 64;
 * `undefined` when the bytes are anything else or some recipient is named in another way. Never throws.
 *
 * Only DER is read. RFC 5652 permits BER, whose lengths can be indefinite, but what wraps the keys of layers
 * (ocicrypt, on Go's encoding/asn1, and OpenSSL for messages of known length) writes DER.
 */
export function readEnveloped(bytes: Uint8Array): readonly CertificateName[] | undefined {
  try {
    return readRecipients(readDer(bytes));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function readRecipients(contentInfo: DerNode): readonly CertificateName[] | undefined {
  const [type, wrapper, ...more] = sequence(contentInfo);
  if (readOid(type) !== ENVELOPED_DATA || more.length > 0) return undefined;
  const [version, ...parts] = sequence(onlyChild(expectTag(wrapper, 0xa0)));
  readSmallInteger(version);
  if (parts[0]?.tag === ORIGINATOR) parts.shift();
  const recipients = children(expectTag(parts[0], TAG.set));
  return recipients.length === 0 || recipients.length > MOST_RECIPIENTS ? undefined : recipients.map(readRecipient);
}

/** KeyTransRecipientInfo: version, issuerAndSerialNumber, algorithm, key. Other sorts have another tag, or none of these names. */
function readRecipient(recipient: DerNode): CertificateName {
  const [version, id] = sequence(recipient);
  readSmallInteger(version);
  const [issuer, serial, ...more] = sequence(id);
  if (more.length > 0) throw new Malformed('a recipient is named by more than issuer and serial number');
  return {
    issuer: sequence(issuer).map(readRelative).join(','),
    serial: hexOf(readInteger(serial)).replace(/^0+(?=.)/, ''),
  };
}

function readRelative(relative: DerNode): string {
  return children(expectTag(relative, TAG.set)).map(readAttribute).join('+');
}

function readAttribute(pair: DerNode): string {
  const [type, value] = sequence(pair);
  if (value === undefined) throw new Malformed('an attribute of a name has no value');
  const oid = hexOf(expectTag(type, TAG.oid).content);
  return `${ATTRIBUTES.get(oid) ?? oid}=${decodeUtf8(value.content)}`;
}

