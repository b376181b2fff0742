/** A signature in which one bit is another. */
export function flipped(signature: Buffer): Buffer {
  const other = Buffer.from(signature);
  const last = other.length - 1;
  other[last] = (other[last] ?? 0) ^ 1;
  return other;
}
