/** Which image a dependency is; a doubt about it is a problem, never a reason to skip it. */
import type { ImageDependency } from '../../domain/artifact/dependency.ts';
import { parseDigest } from '../../domain/artifact/digest.ts';
import { imageOfPackageUrl } from '../../domain/artifact/image-package-url.ts';
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import type { DigestSet } from '../content/predicate-reader.ts';
import type { Dependency } from './model.ts';

/** A dependency as an image, or why it cannot be told which image it is. */
export type ImageReading = { readonly ok: true; readonly image: ImageDependency } | { readonly ok: false; readonly problem: string };

const PACKAGE = /^pkg:\/*(docker|oci)\/+/i;
const SCHEME = /^(?:oci|docker|docker-image|docker-pullable):\/\//i;
const PINNED = /@sha(?:256|512):/;

/**
 * Reads a dependency that is an image; `undefined` when it is something else.
 *
 * Images are `pkg:docker/…` and `pkg:oci/…` package URLs (purl-spec; BuildKit writes the first), `oci://…` and
 * `docker://…` (Tekton Chains), and plain references that are pinned, `name@sha256:…`. What leaves a doubt about which image it
 * is (no digest, two that differ, a name that cannot be read) is an image all the same, with a problem.
 */
export function readImage({ uri, name, digests }: Dependency): ImageReading | undefined {
  const text = uri === '' ? name : uri;
  const kind = PACKAGE.exec(text)?.[1]?.toLowerCase();
  if (kind !== undefined) return finish(text, imageOfPackageUrl(text.replace(PACKAGE, `pkg:${kind}/`)), digests);
  if (SCHEME.test(text)) return finish(text, text.replace(SCHEME, ''), digests);
  const plain = PINNED.test(text) && !text.includes('://') && !/^(?:pkg:|git\+)/i.test(text);
  return plain ? finish(text, text, digests) : undefined;
}

function finish(raw: string, reference: string | undefined, digests: DigestSet): ImageReading {
  const parsed = reference === undefined ? undefined : parseImageReference(reference);
  if (parsed?.ok !== true) return { ok: false, problem: `${raw}: ${parsed?.problem ?? 'not a package URL of one image'}` };
  const { name, tag, digest: written } = parsed.reference;
  const listed = ['sha256', 'sha512'].flatMap((algorithm) =>
    digests.has(algorithm) ? [`${algorithm}:${digests.get(algorithm) ?? ''}`] : [],
  );
  const digest = written ?? parseDigest(listed[0]);
  if (digest === undefined) return { ok: false, problem: `${raw}: no digest` };
  const other = listed.find((text) => text.slice(0, 6) === digest.slice(0, 6) && text !== digest);
  if (other !== undefined) return { ok: false, problem: `${raw}: two digests, ${digest} and ${other}` };
  const image = { name, digest, raw };
  // Without tag and digest the parser fills in a tag that nobody wrote; evidence is bound by the digest alone.
  return { ok: true, image: tag === undefined || written === undefined && !reference?.endsWith(`:${tag}`) ? image : { ...image, tag } };
}
