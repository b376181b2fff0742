import { hexOf } from '../../text/hex.ts';

/** A recipient of a CMS message, as its certificate is named. */
export interface CertificateName {
  /** `CN=a,O=b`: the attributes in the order of the certificate. */
  readonly issuer: string;
  /** Lower-case hexadecimal without leading zeros. */
  readonly serial: string;
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OID = 0x06;
const CONTEXT_0 = 0xa0;

const ENVELOPED_DATA = '2a864886f70d010703';
const MOST_RECIPIENTS = 64;

/** Short names of the attributes that certificates are told apart by (RFC 4514, section 3); others by their OID. */
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
 * The recipients of a CMS EnvelopedData (RFC 5652, 6.1) that are named by issuer and serial number; `undefined` when the
 * bytes are anything else or some recipient is named in another way.
 */
export function readEnveloped(bytes: Uint8Array): readonly CertificateName[] | undefined {
  const [outer] = elements(bytes) ?? [];
  const [type, wrapper] = outer?.tag === SEQUENCE ? (elements(outer.content) ?? []) : [];
  if (type?.tag !== OID || hexOf(type.content) !== ENVELOPED_DATA || wrapper?.tag !== CONTEXT_0) return undefined;
  const [enveloped] = elements(wrapper.content) ?? [];
  const infos = enveloped?.tag === SEQUENCE ? elements(enveloped.content)?.find(({ tag }) => tag === SET) : undefined;
  const recipients = infos === undefined ? undefined : elements(infos.content);
  if (recipients === undefined || recipients.length === 0 || recipients.length > MOST_RECIPIENTS) return undefined;
  const names = recipients.map(readRecipient);
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** KeyTransRecipientInfo: version, issuerAndSerialNumber, algorithm, key. */
function readRecipient({ tag, content }: Element): CertificateName | undefined {
  const [, id] = tag === SEQUENCE ? (elements(content) ?? []) : [];
  const [issuer, serial] = id?.tag === SEQUENCE ? (elements(id.content) ?? []) : [];
  if (issuer?.tag !== SEQUENCE || serial?.tag !== INTEGER) return undefined;
  const parts = elements(issuer.content)?.map(readAttribute);
  if (parts === undefined || !parts.every((part) => part !== undefined)) return undefined;
  return { issuer: parts.join(','), serial: hexOf(serial.content).replace(/^0+(?=.)/, '') };
}

function readAttribute(relative: Element): string | undefined {
  const [pair] = relative.tag === SET ? (elements(relative.content) ?? []) : [];
  const [type, value] = pair?.tag === SEQUENCE ? (elements(pair.content) ?? []) : [];
  if (type?.tag !== OID || value === undefined) return undefined;
  const oid = hexOf(type.content);
  return `${ATTRIBUTES.get(oid) ?? oid}=${new TextDecoder().decode(value.content)}`;
}

/** The elements that fill the bytes; `undefined` when they do not fill them exactly. Definite lengths of up to 3 bytes. */
function elements(bytes: Uint8Array): readonly Element[] | undefined {
  const found: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const [tag, first] = [bytes[at], bytes[at + 1]];
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f || first === 0x80 || first > 0x83) return undefined;
    const count = first < 0x80 ? 0 : first - 0x80;
    const length = count === 0 ? first : bytes.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
    const start = at + 2 + count;
    if (start + length > bytes.length) return undefined;
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
