/** The little of protobuf's wire form that a log entry needs: each field by its number, with the type that it has to have. */
import { Malformed } from '../../pki/der.ts';

/** Numbers and byte strings by the number of their field, in their order. */
export interface Fields {
  readonly numbers: ReadonlyMap<number, readonly bigint[]>;
  readonly bytes: ReadonlyMap<number, readonly Buffer[]>;
}

const MOST_FIELDS = 256;

/** Reads a message of varints and length-delimited fields. Throws {@link Malformed} for any other type, and for what is cut short. */
export function readMessage(message: Uint8Array): Fields {
  const all = Buffer.from(message);
  const [numbers, bytes] = [new Map<number, bigint[]>(), new Map<number, Buffer[]>()];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = all[at];
      if (byte === undefined) break;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Malformed('number in protobuf is cut short or too long');
  };
  for (let count = 0; at < all.length; count += 1) {
    if (count === MOST_FIELDS) throw new Malformed('protobuf message has too many fields');
    const tag = varint();
    const [field, type] = [Number(tag >> 3n), Number(tag & 7n)];
    if (type === 0) numbers.set(field, [...(numbers.get(field) ?? []), varint()]);
    else if (type === 2) {
      const length = Number(varint());
      if (length > all.length - at) throw new Malformed('protobuf field is cut short');
      bytes.set(field, [...(bytes.get(field) ?? []), all.subarray(at, at + length)]);
      at += length;
    } else throw new Malformed(`protobuf field of type ${type}, which a log entry has not`);
  }
  return { numbers, bytes };
}

/** The number of a field that may be absent, which is 0 then. Throws {@link Malformed} where it stands twice, or is negative. */
export function numberOf({ numbers }: Fields, field: number): bigint {
  const [value = 0n, ...more] = numbers.get(field) ?? [];
  if (more.length > 0) throw new Malformed('a field of the protobuf message stands twice');
  if (value >= 2n ** 63n) throw new Malformed('a number of the protobuf message is negative');
  return value;
}

/** The bytes of a field; `undefined` when it is absent. Throws {@link Malformed} where it stands twice. */
export function bytesOf({ bytes }: Fields, field: number): Buffer | undefined {
  const [value, ...more] = bytes.get(field) ?? [];
  if (more.length > 0) throw new Malformed('a field of the protobuf message stands twice');
  return value;
}
