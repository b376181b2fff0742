/** Bytes to hexadecimal and back, strictly. */

const HEX = /^(?:[0-9a-fA-F]{2})*$/;

/** Bytes as lower-case hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The bytes of hexadecimal in either case; `undefined` for every other text, where `Buffer.from` alone would stop early. */
export function decodeHex(text: string): Buffer | undefined {
  return HEX.test(text) ? Buffer.from(text, 'hex') : undefined;
}
