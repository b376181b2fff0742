/** The names that logs have for hash algorithms; others are not known. */
import type { HashName } from '../../../pki/signatures/curves.ts';

const V1 = new Map<unknown, HashName>([['sha256', 'sha256'], ['sha384', 'sha384'], ['sha512', 'sha512']]);
const V2 = new Map<unknown, HashName>([['SHA2_256', 'sha256'], ['SHA2_384', 'sha384'], ['SHA2_512', 'sha512']]);

/** A hash algorithm as Rekor v1 entries name it. */
export function hashNameV1(name: unknown): HashName | undefined {
  return V1.get(name);
}

/** A hash algorithm as Rekor v2 entries name it (protobuf-specs HashAlgorithm). */
export function hashNameV2(name: unknown): HashName | undefined {
  return V2.get(name);
}
