/** What a Notary Project signature is about: a descriptor, of which digest, size and media type have to be those of the image. */
import { hash } from 'node:crypto';
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import { isRevision } from '../../domain/artifact/revision.ts';
import type { VerificationJob } from '../../domain/evidence.ts';
import { ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { member, members, scalarText, text } from '../fields.ts';
import { readJson } from '../json.ts';
import { clip, Refusal } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { signedAnnotations } from '../statement/annotations.ts';
import type { SignedAnnotations } from '../statement/annotations.ts';

/** A descriptor as it was signed. Its fields have their types; nothing is verified. */
export interface TargetArtifact {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** What the signer says beside it: user metadata of `notation sign -m`. */
  readonly annotations?: SignedAnnotations;
}

const MEMBERS = ['mediaType', 'digest', 'size', 'annotations', 'artifactType', 'urls', 'data', 'platform'];
const OCI = 'application/vnd.oci.image.';

/** Parses a payload. Names are read in their own spelling only, since other readers take any. Throws a {@link Refusal}. */
export function readTarget(payload: Uint8Array): TargetArtifact {
  const target = members(member(spelled(members(readJson(payload), 'payload'), ['targetArtifact']), 'targetArtifact'), 'targetArtifact');
  const place = 'targetArtifact';
  spelled(target, MEMBERS);
  const size = member(target, 'size');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new Refusal(`${place}.size is no size`, { found: scalarText(size), expected: 'a whole number of bytes' });
  const annotations = signedAnnotations(member(target, 'annotations'));
  return {
    mediaType: text(target, 'mediaType', place),
    digest: text(target, 'digest', place),
    size,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/**
 * Compares the descriptor with the image that is to be admitted, whose manifest is `manifest`; `undefined` when it is the same. Without
 * the manifest only the digest can be compared, and what else was signed is not known: then nothing is said.
 */
export function targetMismatch(
  { mediaType, digest, size }: TargetArtifact, { kind, digest: wanted }: VerificationJob['artifact'], manifest: Uint8Array | undefined,
): Problem | undefined {
  const problem = { code: 'VERIFY_SUBJECT_MISMATCH' } as const;
  if (digest !== wanted) return { ...problem, found: clip(digest), expected: wanted };
  if (kind !== 'image' || isRevision(wanted))
    return { ...problem, found: 'a signature of the Notary Project', expected: 'other evidence', cause: 'they are about images, and this is none' };
  if (manifest === undefined || hash(digestAlgorithm(wanted), manifest) !== digestHex(wanted))
    return { code: 'VERIFY_SUBJECT_UNREAD', found: `a signature over ${clip(mediaType, 80)}, ${size} bytes`, expected: 'its manifest' };
  if (size !== manifest.length)
    return { ...problem, found: `${size} bytes`, expected: `${manifest.length} bytes`, cause: 'the digest is the same, the size is not' };
  const own = mediaTypeOf(manifest);
  if (mediaType === own) return undefined;
  return { ...problem, found: clip(mediaType), expected: own, cause: 'the digest is the same, the media type is not' };
}

/** Manifests of the Open Container Initiative may leave their own type out; those of others always name it. */
function mediaTypeOf(manifest: Uint8Array): string {
  const read = readJsonBytes(manifest);
  const json = read.ok ? read.value : undefined;
  return ownText(json, 'mediaType') ?? `${OCI}${ownList(json, 'manifests') === undefined ? 'manifest' : 'index'}.v1+json`;
}

function spelled<T extends object>(of: T, names: readonly string[]): T {
  for (const key of Object.keys(of)) {
    const known = names.find((name) => name.toLowerCase() === key.toLowerCase());
    if (known !== undefined && known !== key)
      throw new Refusal('a member of the payload is misspelt', { found: clip(key, 80), expected: known });
    if (!/^[\x21-\x7e]{1,256}$/.test(key)) throw new Refusal('payload has a member whose name is not printable ASCII');
  }
  return of;
}
