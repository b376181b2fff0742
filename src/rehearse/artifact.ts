/** An artifact as a test names it; where nobody says which bytes it is, a digest is made up from the name, always the same. */
import type { ArtifactRef, Usage } from '../domain/artifact/artifact.ts';
import { parseDigest } from '../domain/artifact/digest.ts';
import type { Digest } from '../domain/artifact/digest.ts';
import { imageArtifact } from '../domain/artifact/image-artifact.ts';
import { parsePackageUrl } from '../domain/artifact/package-url.ts';
import { parseRevision } from '../domain/artifact/revision.ts';
import type { Revision } from '../domain/artifact/revision.ts';
import { bad, good } from '../text/result.ts';
import type { Result } from '../text/result.ts';
import { digestOf, hash, sha256Hex } from './world/encode.ts';

/** What names it: exactly one of the first four. */
export interface Named {
  readonly image?: string | undefined;
  readonly package?: string | undefined;
  readonly blob?: string | undefined;
  readonly git?: string | undefined;
  readonly digest?: Digest | Revision | undefined;
}

/** An artifact, and the digest that it has in the test's world. */
export interface NamedArtifact {
  readonly ref: ArtifactRef;
  readonly digest: Digest | Revision;
  /** Bytes that have it; absent where the digest is written: nobody here has those. */
  readonly content?: Uint8Array;
}

/** Reads what names an artifact; says why it names none. A usage that is not said is the one that is usual for its kind. */
export function namedArtifact(named: Named, usage?: Usage): Result<NamedArtifact> {
  const { image, package: url, blob, git } = named;
  if (image !== undefined) return ofImage(image, named.digest, usage);
  if (git !== undefined) return ofDigest({ kind: 'git', usage: usage ?? 'source', name: git }, named.digest ?? madeUpCommit(git));
  const other = usage ?? 'dependency';
  if (url === undefined) return ofDigest({ kind: 'blob', usage: other, name: blob ?? '' }, named.digest ?? digestOf(blob ?? ''));
  const read = parsePackageUrl(url);
  // As npm does it: its statements know only sha512.
  const made = parseDigest(`sha512:${hash(url, 'sha512').toString('hex')}`) ?? digestOf(url);
  if (!read.ok) return bad(`is no package URL: ${read.problem}`);
  return ofDigest({ kind: 'package', usage: other, name: read.value.name }, named.digest ?? made);
}

/** Under which name a registry would find it. */
export function registryName({ kind, name, tag }: ArtifactRef): string {
  return kind === 'image' ? `${name}:${tag ?? 'latest'}` : `${kind} ${name}`;
}

function ofImage(image: string, written: Digest | Revision | undefined, usage: Usage = 'container'): Result<NamedArtifact> {
  const read = imageArtifact(image, 'spec.containers[0].image', usage);
  if (!read.ok) return bad(`is no reference of an image: ${read.finding.cause ?? read.finding.code}`);
  const { digest } = read.artifact;
  if (digest !== undefined && written !== undefined && digest !== written) return bad(`names ${digest}, and the field digest another`);
  const known = digest ?? written;
  const made = known === undefined ? { digest: digestOf(image), content: Buffer.from(image) } : { digest: known };
  return good({ ref: read.artifact, ...made });
}

function ofDigest(like: Pick<ArtifactRef, 'kind' | 'usage' | 'name'>, digest: Digest | Revision): Result<NamedArtifact> {
  return good({ ref: { ...like, path: 'arguments[0]', raw: like.name, digest }, digest });
}

function madeUpCommit(name: string): Revision | Digest {
  return parseRevision(sha256Hex(name).slice(0, 40)) ?? digestOf(name);
}
