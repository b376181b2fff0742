/** An index without evidence may list images that have some: worth telling to whoever is refused for it. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { shortDigest } from '../../domain/artifact/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { ManifestBytes } from '../oci/manifest.ts';

/** So many of its images are looked at: who signs images and not their index signs the first. */
const LOOKED_AT = 2;

/** Looks for evidence of an image, whether or not it proves anything. */
export type HasEvidence = (digest: Digest) => Promise<boolean>;

/** A hint without a verdict of its own, when an image that the index lists has evidence; none for anything that is no index. */
export async function hintAtPlatforms(index: ManifestBytes | undefined, hasEvidence: HasEvidence): Promise<readonly FetchProblem[]> {
  const read = index === undefined ? undefined : parseManifest(index);
  if (read?.kind !== 'index') return [];
  for (const entry of read.manifests.filter(isImage).slice(0, LOOKED_AT)) if (await hasEvidence(entry.digest)) return [hint(entry)];
  return [];
}

/** BuildKit lists what it attests beside the images. */
function isImage({ annotations }: Descriptor): boolean {
  return annotations['vnd.docker.reference.type'] === undefined;
}

function hint({ digest, platform }: Descriptor): FetchProblem {
  const name = platform === undefined ? shortDigest(digest) : `${platform.os}/${platform.architecture}, ${shortDigest(digest)}`;
  return {
    code: 'FETCH_NONE_FOUND',
    source: 'index',
    cause: `an image that this index lists has evidence (${name}), the index itself has none`,
    fix: 'sign the index as well (cosign sign --recursive signs it and all that it lists), or use the signed image by its own digest',
  };
}
