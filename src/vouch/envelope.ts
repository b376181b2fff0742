/** The DSSE envelope of a receipt: signed, and read back as strictly as we write it. */
import { sign, verify } from 'node:crypto';
import { pae } from '../pki/signatures/pae.ts';
import { decodeBase64 } from '../text/base64.ts';
import { isObject, ownList, ownText } from '../text/json/fields.ts';
import { readJsonText } from '../text/json/read.ts';
import type { KeyRing } from './key-ring.ts';
import type { ReceiptKey } from './keys.ts';
import { PAYLOAD_TYPE } from './statement.ts';

type SigningKey = NonNullable<ReturnType<KeyRing['signing']>>;

/** A statement, or what else has a type, as the bytes of its JSON, in an envelope as compact JSON, signed by this key. */
export function seal(payload: Buffer, { keyId, algorithm, privateKey }: SigningKey, payloadType: string = PAYLOAD_TYPE): string {
  const sig = sign(hashOf(algorithm), pae(payloadType, payload), privateKey).toString('base64');
  return JSON.stringify({ payload: payload.toString('base64'), payloadType, signatures: [{ keyid: keyId, sig }] });
}

/** Whether the signature over these bytes is the key's. ECDSA signatures are DER. */
export function isSealedBy({ algorithm, publicKey }: ReceiptKey, { payload, sig }: Envelope, payloadType: string = PAYLOAD_TYPE): boolean {
  return verify(hashOf(algorithm), pae(payloadType, payload), publicKey, sig);
}

/** Ed25519 hashes by itself. */
function hashOf(algorithm: ReceiptKey['algorithm']): 'sha256' | null {
  return algorithm === 'p256' ? 'sha256' : null;
}

/** An envelope of ours as it was received; nothing in it is verified but its form. */
export interface Envelope {
  readonly keyId: string;
  readonly payload: Uint8Array;
  readonly sig: Uint8Array;
}

const LIMITS = { maxBytes: 16_384, maxDepth: 4, maxParts: 64, maxItems: 32, maxKeys: 16 };

/** Reads an envelope: nothing more and nothing less than {@link seal} writes; a text says what is wrong. Never throws. */
export function readEnvelope(text: string, payloadType: string = PAYLOAD_TYPE, maxBytes = LIMITS.maxBytes): Envelope | string {
  const read = readJsonText(text, { ...LIMITS, maxBytes });
  if (!read.ok)
    return read.fault.kind === 'size' ? `expected at most ${maxBytes} characters` : 'is no JSON that can be read in one way only';
  const signatures = ownList(read.value, 'signatures') ?? [];
  const [first] = signatures;
  if (!hasOnly(read.value, ['payload', 'payloadType', 'signatures']))
    return 'expected an envelope with payload, payloadType and signatures alone';
  if (signatures.length !== 1 || !hasOnly(first, ['keyid', 'sig'])) return `expected one signature with keyid and sig, found ${signatures.length}`;
  if (ownText(read.value, 'payloadType') !== payloadType) return `expected payload of type ${payloadType}`;
  const payload = decodeBase64(ownText(read.value, 'payload'), 'standard');
  const sig = decodeBase64(ownText(first, 'sig'), 'standard');
  const keyId = ownText(first, 'keyid');
  if (payload === undefined || sig === undefined || keyId === undefined) return 'payload or signature is not standard base64';
  return { keyId, payload, sig };
}

function hasOnly(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}
