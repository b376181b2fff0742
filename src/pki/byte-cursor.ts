/** A cursor over bytes that are laid out as in TLS. */
import { Malformed } from './der.ts';

/** Reads the TLS presentation language (RFC 8446, 3) from the front; throws `Malformed` when bytes run out. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new Malformed('TLS structure is cut short');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** An unsigned big-endian integer of `size` bytes. */
  uint(size: number): bigint {
    return this.take(size).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  }

  /** A vector with a length of two bytes in front. */
  vector16(): Uint8Array {
    return this.take(Number(this.uint(2)));
  }

  /** Demands that everything has been read. */
  end(): void {
    if (this.left > 0) throw new Malformed('bytes follow the TLS structure');
  }
}
