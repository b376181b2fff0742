import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseDigest } from '../../domain/digest.ts';
import type { ReviewRequest } from '../../domain/review.ts';
import { blobRequest, imageRequest } from '../../intake/cli-input.ts';
import { UsageError } from './context.ts';

/** `sha256:…` could be read as the image `docker.io/library/sha256` with a tag, which nobody means. */
const LOOKS_LIKE_DIGEST = /^sha\d+:/i;
/** No image reference begins like this. */
const LOOKS_LIKE_PATH = /^(?:\/|~|\.{1,2}(?:\/|$))/;

/** What `gatehouse verify` is asked about. */
export interface VerifyTarget {
  readonly review: ReviewRequest;
  /** Registry of the image; absent for files and digests. */
  readonly imageHost?: string;
}

/**
 * Reads the argument of `gatehouse verify`: a bare digest or an existing file is a blob, everything else an image.
 *
 * A file is hashed as it is read, so its size does not matter. `name` replaces the name by which policies know
 * the artifact (default: the file's name); an image has its name in the reference.
 */
export async function readTarget(argument: string, options: { readonly name?: string | undefined; readonly namespace?: string | undefined }): Promise<VerifyTarget> {
  const place = options.namespace === undefined ? {} : { namespace: options.namespace };
  const digest = parseDigest(argument);
  if (digest !== undefined) return { review: blobRequest([{ name: options.name ?? argument, digest }], place) };
  if (await isFile(argument)) return { review: blobRequest([{ name: options.name ?? basename(argument), digest: await hashFile(argument) }], place) };
  if (LOOKS_LIKE_DIGEST.test(argument)) throw new UsageError(`${argument}: is no digest; expected sha256: with 64 or sha512: with 128 hexadecimal digits in lower case`);
  if (LOOKS_LIKE_PATH.test(argument)) throw new UsageError(`${argument}: no such file`);
  if (options.name !== undefined) throw new UsageError(`--name is for files and digests, and ${argument} is neither`);
  const review = imageRequest([argument], place);
  const host = review.artifacts?.[0]?.name.split('/', 1)[0];
  return { review, ...(host === undefined ? {} : { imageHost: host }) };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((info) => info.isFile(), () => false);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
