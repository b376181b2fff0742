/** What a build used, and which digests say for certain what that was. */
import type { StatedObject, PredicateReader } from '../content/predicate-reader.ts';
import type { Dependency } from './model.ts';

/** Reads a list of resource descriptors (in-toto/attestation spec/v1/resource_descriptor.md): URI, name, digests. */
export function readDependencies(parent: StatedObject, name: string, reader: PredicateReader): readonly Dependency[] {
  return reader.list(parent, name).map((value) => {
    const item = reader.item(value);
    return {
      uri: reader.text(item, 'uri')?.value ?? '',
      name: reader.text(item, 'name')?.value ?? '',
      digests: reader.digests(item, 'digest'),
      path: item.path,
    };
  });
}

const HEX_LENGTH: ReadonlyMap<string, readonly number[]> = new Map([
  ['sha256', [64]], ['sha384', [96]], ['sha512', [128]], ['sha3_256', [64]], ['sha3_384', [96]], ['sha3_512', [128]], ['blake2b', [128]],
  ['gitCommit', [40, 64]], ['gitTree', [40, 64]], ['gitBlob', [40, 64]], ['gitTag', [40, 64]], ['dirHash', [64]],
]);
const HEX = /^[0-9a-f]+$/;

/**
 * True when a digest pins what the dependency is: of an algorithm that cannot be forged, whole, in lower case. `sha1` pins
 * a commit of a git repository, which SLSA v0.x writes so, and nothing else; `md5` pins nothing.
 */
export function isPinned({ uri, digests }: Dependency): boolean {
  for (const [algorithm, value] of digests) {
    if (!HEX.test(value)) continue;
    if (HEX_LENGTH.get(algorithm)?.includes(value.length) === true) return true;
    if (algorithm === 'sha1' && value.length === 40 && (uri.startsWith('git+') || /^https:\/\//.test(uri))) return true;
  }
  return false;
}

/** The commit that a source's digests name, if they name one: `gitCommit`, or `sha1` as SLSA v0.x writes it. */
export function commitOf(digests: ReadonlyMap<string, string>): string | undefined {
  return digests.get('gitCommit') ?? digests.get('sha1');
}
