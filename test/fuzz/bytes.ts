import fc from 'fast-check';

/** One change to bytes; positions are taken modulo the length, so that every number means something. */
interface Edit {
  readonly how: 'flip' | 'set' | 'cut' | 'keep' | 'copy' | 'splice' | 'insert' | 'repeat';
  readonly at: number;
  readonly size: number;
  readonly value: number;
}

/** Bytes that mean something to DER, JSON, base64, PEM or text. */
const TELLING = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff, 0x30, 0x31, 0xa0, 0x06, 0x02, 0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0x0a, 0x20, 0x2d, 0x2b, 0x2f, 0x3d, 0x40, 0x65];

/** Longest input a repetition grows to, unless a target says otherwise. */
const MAX_GROWN = 65_536;

const edit: fc.Arbitrary<Edit> = fc.record({
  how: fc.constantFrom<Edit['how'][]>('flip', 'flip', 'set', 'set', 'cut', 'keep', 'copy', 'splice', 'insert', 'repeat'),
  at: fc.nat(1_000_000),
  size: fc.oneof(fc.nat(4), fc.nat(64), fc.nat(4096)),
  value: fc.oneof(fc.constantFrom(...TELLING), fc.nat(255)),
});

/** Inputs of a parser: mostly valid ones with one to six changes, sometimes bytes out of nowhere. */
export function mutated(seeds: readonly Uint8Array[], longest = MAX_GROWN): fc.Arbitrary<Uint8Array> {
  const changed = fc.record({ seed: fc.nat(seeds.length - 1), other: fc.nat(seeds.length - 1), edits: fc.array(edit, { minLength: 1, maxLength: 6 }) })
    .map(({ seed, other, edits }) => edits.reduce((bytes, one) => applied(bytes, one, { other: seeds[other] ?? bytes, longest }), seeds[seed] ?? new Uint8Array()));
  return fc.oneof({ weight: 9, arbitrary: changed }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) });
}

function applied(
  bytes: Uint8Array, { how, at, size, value }: Edit, { other, longest }: { readonly other: Uint8Array; readonly longest: number },
): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (how) {
    case 'flip':
      return Buffer.concat([head, Buffer.of((tail[0] ?? 0) ^ (1 << (value & 7))), tail.subarray(1)]);
    case 'set':
      return Buffer.concat([head, Buffer.of(value), tail.subarray(1)]);
    case 'cut':
      return Buffer.concat([head, tail.subarray(size)]);
    case 'keep':
      return head;
    case 'copy':
      return Buffer.concat([head, tail.subarray(0, size), tail]);
    case 'splice':
      return Buffer.concat([head, other.subarray(at % (other.length + 1)).subarray(0, size), tail]);
    case 'insert':
      return Buffer.concat([head, Buffer.alloc(size % 64, value), tail]);
    case 'repeat':
      return Buffer.concat([head, repeated(tail.subarray(0, 1 + (size % 32)), longest), tail]);
  }
}

function repeated(piece: Uint8Array, length: number): Uint8Array {
  return piece.length === 0 ? piece : Buffer.alloc(length, piece);
}
