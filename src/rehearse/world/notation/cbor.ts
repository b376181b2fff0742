/** CBOR as envelopes are written with it: shortest forms, definite lengths, maps in their own order. */
export type Cbor = number | string | boolean | null | Uint8Array | Tagged | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

interface Tagged {
  readonly tag: number;
  readonly value: Cbor;
}

/** A value with a tag. */
export function tagged(tag: number, value: Cbor): Cbor {
  return { tag, value };
}

/** Writes a value. */
export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xf5 : 0xf4);
  if (value === null) return Buffer.of(0xf6);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<number | string, Cbor>)];
    return Buffer.concat([head(5, value.size), ...entries.flatMap(([key, one]) => [encodeCbor(key), encodeCbor(one)])]);
  }
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...(value as readonly Cbor[]).map(encodeCbor)]);
  const { tag, value: inside } = value as Tagged;
  return Buffer.concat([head(6, tag), encodeCbor(inside)]);
}

/** Type and argument in the shortest form, or in `size` bytes. */
export function head(
  major: number, argument: number,
  size = argument < 24 ? 0 : argument < 256 ? 1 : argument < 65_536 ? 2 : argument < 2 ** 32 ? 4 : 8,
): Buffer {
  if (size === 0) return Buffer.of((major << 5) | argument);
  const bytes = Buffer.alloc(size + 1);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  if (size === 8) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(argument, 1, size);
  return bytes;
}
