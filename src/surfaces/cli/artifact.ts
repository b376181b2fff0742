/** What an argument of the command line means: an image, a file, a digest, a package or a commit. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import { parsePackageUrl } from '../../domain/artifact/package-url.ts';
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { blobRequest, commitRequest, imageRequest, packageRequest } from '../../intake/cli-input.ts';
import { readAsked } from '../../intake/gate-artifacts.ts';
import { UsageError } from './context.ts';
import { fileMistake, lies, looksLikeFile } from './names/file-name.ts';

/** `sha256:…` could be read as the image `docker.io/library/sha256` with a tag, which nobody means. */
const LOOKS_LIKE_DIGEST = /^sha\d+:/i;
/** No image reference begins like this. */
const LOOKS_LIKE_PATH = /^(?:\/|~|\.{1,2}(?:\/|$))/;

/** What `gatehouse verify` is asked about. */
export interface VerifyTarget {
  readonly review: ReviewRequest;
  /** Registry of the image; absent for everything else. */
  readonly imageHost?: string;
  /** Id of the commit; absent for everything else. */
  readonly commit?: string;
}

/** What goes with the argument. */
export interface TargetOptions {
  /** Name by which policies know a file or digest; a package URL makes it a package. */
  readonly name?: string | undefined;
  /** Digest of the file of a package that is named by its URL. */
  readonly digest?: string | undefined;
  readonly namespace?: string | undefined;
  /** What it is used as; policies narrow themselves with `usedAs`. */
  readonly usage?: Usage | undefined;
}

const PACKAGE = /^pkg:/i;
/** `git:https://…@COMMIT`, and as SPDX writes it `git+https://…@COMMIT`. */
const GIT = /^git(?::|\+)(?=[a-z]+:\/\/)/;

/**
 * Reads the argument of `gatehouse verify`: a package URL is a package, `git:URL@COMMIT` a commit, a bare digest or an existing file is
 * a blob (or the package that `name` says), everything else an image.
 *
 * A file is hashed as it is read, so its size does not matter. `name` replaces the name by which policies know
 * the artifact (default: the file's name); an image has its name in the reference.
 */
export async function readTarget(argument: string, options: TargetOptions): Promise<VerifyTarget> {
  const { name, digest: written } = options;
  const place = {
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.usage === undefined ? {} : { usage: options.usage }),
  };
  if (PACKAGE.test(argument)) {
    if (name !== undefined) throw new UsageError(`--name is for files and digests, and ${argument} is a name already`);
    return { review: packageRequest({ url: readPackage(argument), digest: packageDigest(argument, written) }, place) };
  }
  if (GIT.test(argument)) {
    if (name !== undefined || written !== undefined) throw new UsageError(`--name and --digest are not for commits, and ${argument} is one`);
    return commitTarget(argument, place);
  }
  if (written !== undefined) throw new UsageError(`--digest is for package URLs, and ${argument} is none`);
  await refuseAmbiguous(argument, name);
  const url = name === undefined || !PACKAGE.test(name) ? undefined : readPackage(name);
  const digest = parseDigest(argument) ?? (await hashedFile(argument, url?.type === 'npm' ? 'sha512' : 'sha256'));
  if (digest !== undefined) {
    const own = parseDigest(argument) === undefined ? basename(argument) : argument;
    return { review: url === undefined ? blobRequest([{ name: name ?? own, digest }], place) : packageRequest({ url, digest }, place) };
  }
  if (LOOKS_LIKE_DIGEST.test(argument))
    throw new UsageError(`${argument}: is no digest; expected sha256: with 64 or sha512: with 128 hexadecimal digits in lower case`);
  if (LOOKS_LIKE_PATH.test(argument) && (await lies(argument)) === 'nothing') throw new UsageError(`${argument}: no such file`);
  const mistake = await fileMistake(argument);
  if (mistake !== undefined) throw new UsageError(mistake);
  if (name !== undefined) throw new UsageError(`--name is for files and digests, and ${argument} is neither`);
  const review = imageRequest([argument], place);
  const host = review.artifacts?.[0]?.name.split('/', 1)[0];
  return { review, ...(host === undefined ? {} : { imageHost: host }) };
}

function commitTarget(argument: string, place: { readonly namespace?: string; readonly usage?: Usage }): VerifyTarget {
  const read = readAsked({ kind: 'git', uri: argument.replace(GIT, 'git+'), usedAs: place.usage }, 'arguments[0]');
  const digest = read.ok ? read.artifact.digest : undefined;
  if (!read.ok || digest === undefined)
    throw new UsageError(`${argument}: ${read.ok ? 'names no commit' : read.problem.message}; expected git:https://HOST/PATH@COMMIT with the whole commit id (git rev-parse HEAD)`);
  return { review: commitRequest(read.artifact, place), commit: digest.slice(digest.indexOf(':') + 1) };
}

/** A file called as an image is: which of the two is meant decides what is judged, so it has to be said. */
async function refuseAmbiguous(argument: string, name: string | undefined): Promise<void> {
  if (name !== undefined || LOOKS_LIKE_PATH.test(argument) || parseDigest(argument) !== undefined || looksLikeFile(argument)) return;
  const read = parseImageReference(argument);
  if (!read.ok || (await lies(argument)) !== 'file') return;
  throw new UsageError(`${argument}: is a file here, and could be the image ${read.reference.name}: write ./${argument} for the file, or ${read.reference.name} with its tag or digest for the image`);
}

function readPackage(text: string): PackageUrl {
  const read = parsePackageUrl(text);
  if (!read.ok) throw new UsageError(`${text}: package URL ${read.problem}`);
  return read.value;
}

function packageDigest(url: string, text: string | undefined): Digest {
  if (text === undefined)
    throw new UsageError(
      `${url} does not say which bytes are meant: add --digest with the integrity of your lockfile (sha512-…) or a digest, or name the file (gatehouse verify FILE --name ${url})`,
    );
  const digest = parseDigest(text) ?? fromIntegrity(text);
  if (digest === undefined)
    throw new UsageError(
      `--digest ${text}: expected sha256:… or sha512:… in lower-case hexadecimal, or one sha512-… integrity of a lockfile`,
    );
  return digest;
}

/** A Subresource Integrity text, as lockfiles of npm hold it: the algorithm, a dash, and base64 of the hash. */
function fromIntegrity(text: string): Digest | undefined {
  const [, algorithm, encoded = ''] = /^(sha256|sha512)-([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const hash = Buffer.from(encoded, 'base64');
  return algorithm === undefined || hash.toString('base64') !== encoded ? undefined : parseDigest(`${algorithm}:${hash.toString('hex')}`);
}

/** The digest of a file; `undefined` when there is none of that name. npm's statements know only sha512, all others sha256. */
async function hashedFile(path: string, algorithm: 'sha256' | 'sha512'): Promise<Digest | undefined> {
  if ((await lies(path)) !== 'file') return undefined;
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return parseDigest(`${algorithm}:${hash.digest('hex')}`);
}
