import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Key objects by PEM: parsing costs as much as a verification, and policies name few keys. */
export class KeyCache {
  readonly #keys = new Map<string, KeyObject>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The key of a PEM that the trust room wrote; node's error when it did not. */
  get(pem: string): KeyObject {
    const known = this.#keys.get(pem);
    if (known !== undefined) return known;
    if (this.#keys.size >= this.#limit) this.#keys.clear();
    const key = createPublicKey(pem);
    this.#keys.set(pem, key);
    return key;
  }
}
