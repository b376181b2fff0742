/** The wire form of SSH: numbers, strings and integers with their lengths in front (RFC 4251, 5). */
import { Malformed } from '../der.ts';

/** Reads it from the front; throws {@link Malformed} when bytes run out, or an integer has another form than its shortest. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new Malformed('SSH data is cut short');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  uint32(): number {
    return this.take(4).readUInt32BE(0);
  }

  string(): Buffer {
    return this.take(this.uint32());
  }

  /** A string that is a name: printable ASCII, at most 64 characters. */
  name(): string {
    const bytes = this.string();
    const text = bytes.toString('latin1');
    if (!/^[\x21-\x7e]{0,64}$/.test(text)) throw new Malformed('name in SSH data is none');
    return text;
  }

  /** A positive integer, big-endian and without leading zeros. */
  positive(): Buffer {
    const bytes = this.string();
    const [first, second] = bytes;
    if (first === undefined || first >= 0x80) throw new Malformed('integer in SSH data is not positive');
    if (first !== 0) return bytes;
    if (second === undefined || second < 0x80) throw new Malformed('integer in SSH data is padded');
    return bytes.subarray(1);
  }

  /** Demands that everything has been read. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new Malformed('bytes follow the SSH data');
  }
}

/** `head` and behind it strings as SSH writes them, names (which are ASCII) or bytes. */
export function sshStrings(head: Buffer, contents: readonly (Uint8Array | string)[]): Buffer {
  const bytes = Buffer.alloc(contents.reduce((sum, { length }) => sum + 4 + length, head.length));
  let at = head.copy(bytes);
  for (const content of contents) {
    at = bytes.writeUInt32BE(content.length, at);
    if (typeof content === 'string') bytes.write(content, at, 'latin1');
    else bytes.set(content, at);
    at += content.length;
  }
  return bytes;
}
