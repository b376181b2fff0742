/** What is signed by a key of ours besides receipts: documents of policies, and the record of their versions. */
import { readReceiptKeys } from './keys.ts';
import type { ReceiptKey } from './keys.ts';
import { isSealedBy, readEnvelope, seal } from './envelope.ts';

/** A key that seals what has a type, or only reads what was sealed. */
export interface SealingKey {
  /** `sha256:<hex of the SPKI DER>`. */
  readonly keyId: string;
  /** Whether its private half is there. */
  readonly canSeal: boolean;
  /** An envelope as compact JSON; throws without the private half. */
  seal(payloadType: string, payload: Uint8Array): string;
  /** The payload of an envelope that this key sealed; throws with words for people for every other. */
  open(payloadType: string, text: string, maxBytes: number): Uint8Array;
}

/** Reads a key from PEM: Ed25519 or ECDSA P-256, its private half (PKCS#8) or its public one. Throws with `name`, never with the key. */
export function readSealingKey(name: string, text: string): SealingKey {
  const [key] = readReceiptKeys([{ name, text }]);
  if (key === undefined) throw new Error(`${name}: expected a key, found none`);
  return { keyId: key.keyId, canSeal: key.privateKey !== undefined, ...withKey(key, name) };
}

function withKey(key: ReceiptKey, name: string): Pick<SealingKey, 'seal' | 'open'> {
  const { privateKey } = key;
  return {
    seal(payloadType, payload) {
      if (privateKey === undefined) throw new Error(`${name}: expected a private key, found a public one`);
      return seal(Buffer.from(payload), { ...key, privateKey }, payloadType);
    },
    open(payloadType, text, maxBytes) {
      const envelope = readEnvelope(text, payloadType, maxBytes);
      if (typeof envelope === 'string') throw new Error(envelope);
      if (envelope.keyId !== key.keyId || !isSealedBy(key, envelope, payloadType))
        throw new Error(`expected a signature by key ${key.keyId}, found one by ${envelope.keyId.slice(0, 100)}${envelope.keyId === key.keyId ? ', which is broken' : ''}`);
      return envelope.payload;
    },
  };
}
