/** The reading of image references: one name for each repository, whatever way it is written. */
import { parseDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import { canonicalRegistryHost, DOCKER_HUB, repositoryPath } from './registry-host.ts';

/**
 * An image reference in canonical form.
 *
 * `name` is `host[:port]/path`, with Docker Hub's defaults filled in (`docker.io/library/nginx` for `nginx`);
 * `host` includes the port. At least one of `tag` and `digest` is present; when both are, the digest decides
 * what is run. Nothing here was looked up: the image may not exist.
 */
export interface ImageReference {
  readonly name: string;
  readonly host: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export type ImageReferenceResult =
  | { readonly ok: true; readonly reference: ImageReference }
  | { readonly ok: false; readonly problem: string };

/** Longest reference that is looked at: host, path (255), tag (128) and digest (135) fit with room to spare. */
const MAX_LENGTH = 1024;
const MAX_PATH = 255;
const MAX_HOST = 261;

const PRINTABLE = /^[\x21-\x7e]+$/;
/** What runtimes take for the id of an image that is there already, whatever its name: never a name to be judged by. */
const IDENTIFIER = /^(?:[0-9a-f]{64}|[0-9a-f]{128})$|^sha(?:256|384|512):[0-9a-f]+$/i;
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[1-9][0-9]{0,4})?$`);
/** Names of repositories without their registry (distribution/reference, `path`). */
export const REPOSITORY_PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const UPPER = /[A-Z]/;

/**
 * Reads an image reference by the grammar of distribution/reference (v0.6.0, `ParseNormalizedNamed`).
 *
 * Accepts and names as the Go library does, which kubelet and containerd use, with these differences, all of
 * them towards refusing or towards one name per registry: digests are sha256 or sha512 only; the host is
 * written in lower case and without `:443`; all names of Docker Hub are `docker.io`; a port with leading zeros or beyond
 * 65535, and what a runtime would take for an image id, is refused; a first segment that has a dot and is still
 * no host (`foo_bar.com/x`, to Go a name without any host) is refused; hosts and whole references have a
 * length limit. `library/` is filled in only where Go does it: not for `registry-1.docker.io/nginx`.
 * The path, as in Go, has at most 255 characters. A name with neither tag nor digest gets the tag `latest`. Never
 * throws; the problem names
 * the part that is wrong without repeating the text.
 */
export function parseImageReference(text: unknown): ImageReferenceResult {
  if (typeof text !== 'string') return problem('reference is not a string');
  if (text === '') return problem('reference is empty');
  if (text.length > MAX_LENGTH) return problem(`reference is longer than ${MAX_LENGTH} characters`);
  if (!PRINTABLE.test(text)) return problem('reference has white space, a control character or a character outside ASCII');
  if (IDENTIFIER.test(text)) return problem('reference is a digest or an image id, and not a name');
  const { host: written, rest } = splitHost(text);
  if (written.length > MAX_HOST || !HOST.test(written) || portOf(written) > 65_535) return problem('registry host is not valid');
  return finish(canonicalRegistryHost(written), written, rest);
}

/** `[host/]name[:tag][@digest]` without tag and digest, put together again: parses to the same reference. */
export function formatImageReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  // Under docker.io a single segment would get `library/`, which this one does not have.
  const name = reference.host === DOCKER_HUB && !reference.path.includes('/') ? `registry-1.docker.io/${reference.path}` : reference.name;
  return reference.digest === undefined ? name + tag : `${name}${tag}@${reference.digest}`;
}

function portOf(host: string): number {
  return Number(/:([0-9]+)$/.exec(host)?.[1] ?? 0);
}

/**
 * The first segment is a host when it has a dot or a colon, is `localhost`, or is not in lower case; otherwise
 * it is a namespace of Docker Hub (distribution/reference, `splitDockerDomain`).
 */
function splitHost(text: string): { readonly host: string; readonly rest: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return { host: DOCKER_HUB, rest: text };
  const first = text.slice(0, slash);
  const isHost = first === 'localhost' || first.includes('.') || first.includes(':') || UPPER.test(first);
  return isHost ? { host: first, rest: text.slice(slash + 1) } : { host: DOCKER_HUB, rest: text };
}

function finish(host: string, written: string, rest: string): ImageReferenceResult {
  const at = rest.indexOf('@');
  const named = at < 0 ? rest : rest.slice(0, at);
  const digest = at < 0 ? undefined : parseDigest(rest.slice(at + 1));
  if (at >= 0 && digest === undefined) return problem('digest is not sha256: with 64 or sha512: with 128 hexadecimal digits in lower case');
  const colon = named.indexOf(':');
  const bare = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) return problem('tag is not 1 to 128 letters, digits, dots, dashes and underscores');
  const path = repositoryPath(written, bare);
  const wrong = pathProblem(path);
  if (wrong !== undefined) return problem(wrong);
  return { ok: true, reference: build(host, path, tag, digest) };
}

function pathProblem(path: string): string | undefined {
  if (path.length > MAX_PATH) return `repository path is longer than ${MAX_PATH} characters`;
  if (REPOSITORY_PATH.test(path)) return undefined;
  return UPPER.test(path) ? 'repository path must be in lower case' : 'repository path is not valid';
}

function build(host: string, path: string, tag: string | undefined, digest: Digest | undefined): ImageReference {
  const name = `${host}/${path}`;
  if (digest === undefined) return { name, host, path, tag: tag ?? 'latest' };
  return tag === undefined ? { name, host, path, digest } : { name, host, path, tag, digest };
}

function problem(text: string): ImageReferenceResult {
  return { ok: false, problem: text };
}
