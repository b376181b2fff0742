/** Keys that policies name are parsed once, as long as there are not too many. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyIdOf } from '../../pki/key-rules.ts';

/** A trusted key ready for use. */
export interface ReadyKey {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly keyId: string;
}

/** Keys by PEM: parsing and exporting cost as much as a verification, and policies name few keys. */
export class KeyCache {
  readonly #keys = new Map<string, ReadyKey>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The key of a PEM that the trust room wrote; node's error when it did not. */
  get(pem: string): ReadyKey {
    const known = this.#keys.get(pem);
    if (known !== undefined) return known;
    if (this.#keys.size >= this.#limit) this.#keys.clear();
    const key = createPublicKey(pem);
    const spki = key.export({ type: 'spki', format: 'der' });
    const ready = { key, spki, keyId: keyIdOf(spki) };
    this.#keys.set(pem, ready);
    return ready;
  }
}
