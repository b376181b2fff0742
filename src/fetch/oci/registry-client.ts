/** Reading from OCI registries: every body is hashed, every redirect and next page is held to its place. */
import { digestAlgorithm, parseDigest } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { RegistryCredential } from '../../domain/artifact/registry.ts';
import type { Authorizer } from './authorizer.ts';
import type { Target } from '../../net/connections.ts';
import { digestOf, hashesTo } from './content.ts';
import { FetchFailure } from '../../net/failure.ts';
import { originText, resolveTarget } from '../../net/host.ts';
import type { Http, HttpReply } from '../../net/http.ts';
import type { Access } from '../credentials/keychain.ts';
import type { ManifestBytes } from './manifest.ts';
import { ACCEPTED, OCI_INDEX, essence } from './media-types.ts';
import type { FetchLimits } from '../../net/options.ts';
import type { Reachability, Repository } from '../../net/reachability.ts';

/** A repository together with the credentials of one request. */
export interface Reader {
  readonly repository: Repository;
  readonly access: Access;
}

/** The parts of the OCI distribution API that Gatehouse reads. Everything throws FetchFailure; 404 is `undefined`. */
export interface RegistryClient {
  /** A manifest by tag or digest, of at most `most` bytes; they are hashed, and must match the digest asked for or the one promised. */
  manifest(reader: Reader, reference: string, signal: AbortSignal, most?: number): Promise<ManifestBytes | undefined>;
  /** A blob of exactly `size` bytes that hash to the digest. */
  blob(reader: Reader, digest: Digest, size: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /**
   * Hands the pages of the referrers API to `take` one by one, so that only one is held; `take` answers whether it wants
   * more. `absent` when the registry does not have the API, `cut` when there are more pages than are read.
   */
  referrers(
    reader: Reader,
    digest: Digest,
    take: (page: Uint8Array) => boolean,
    signal: AbortSignal,
  ): Promise<'absent' | 'complete' | 'cut'>;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const NO_SUCH_API: ReadonlySet<number> = new Set([400, 404, 405, 406, 410, 501]);

/** A reading client for OCI registries (distribution-spec 1.1). */
export function createRegistryClient(http: Http, authorizer: Authorizer, reachability: Reachability, limits: FetchLimits): RegistryClient {
  /** Follows redirects as long as they lead where they may; the credential stays behind when the origin changes (F03). */
  async function follow(
    repository: Repository,
    request: { path: string; accept: string; maxBytes: number; authorization: string | undefined },
    signal: AbortSignal,
  ): Promise<{ reply: HttpReply; own: boolean }> {
    let target: Target = repository;
    let path = request.path;
    for (let hops = 0; ; hops += 1) {
      const own = originText(target.origin) === originText(repository.origin);
      const authorization = own && request.authorization !== undefined ? { authorization: request.authorization } : {};
      const reply = await http({ target, path, headers: { accept: request.accept, ...authorization }, maxBytes: request.maxBytes }, signal);
      const location = reply.headers.location;
      if (reply.status < 300 || reply.status >= 400 || reply.status === 304) return { reply, own };
      const next = typeof location === 'string' ? resolveTarget(location, target.origin) : undefined;
      if (next === undefined || hops >= limits.redirects) throw badRedirect(target, location);
      const home = originText(next.origin) === originText(repository.origin);
      target = home ? repository : { origin: next.origin, ...reachability.elsewhere(next.origin, target.origin, 'redirect') };
      path = next.path;
    }
  }

  async function withCredential(
    repository: Repository,
    credential: RegistryCredential | undefined,
    request: { path: string; accept: string; maxBytes: number },
    signal: AbortSignal,
  ): Promise<HttpReply> {
    for (let attempt = 0; ; attempt += 1) {
      const authorization = await authorizer.header(repository, credential, signal);
      const { reply, own } = await follow(repository, { ...request, authorization }, signal);
      const again = reply.status === 401 && own && attempt < 1 && authorizer.challenged(repository, reply.headers, authorization);
      if (!again) return reply;
    }
  }

  /** Tries the credentials in order, then none; the first answer other than a refusal counts. */
  async function get(
    { repository, access }: Reader,
    request: { path: string; accept: string; maxBytes: number },
    signal: AbortSignal,
  ): Promise<HttpReply> {
    let refusal: FetchFailure | undefined;
    for (const credential of [...access.candidates, undefined]) {
      try {
        const reply = await withCredential(repository, credential, request, signal);
        if (reply.status !== 401 && reply.status !== 403) return reply;
        refusal ??= statusFailure(repository, reply.status);
      } catch (error) {
        if (!(error instanceof FetchFailure) || error.problem.code !== 'FETCH_UNAUTHORIZED') throw error;
        refusal ??= error;
      }
    }
    throw refusal ?? statusFailure(repository, 401);
  }

  return {
    async manifest(reader, reference, signal, most = limits.manifestBytes) {
      const asked = parseDigest(reference);
      if (asked === undefined && !TAG.test(reference)) return undefined;
      const path = `/v2/${reader.repository.path}/manifests/${reference}`;
      const reply = await get(reader, { path, accept: ACCEPTED, maxBytes: Math.min(most, limits.manifestBytes) }, signal);
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw statusFailure(reader.repository, reply.status);
      return checkManifest(reader.repository, reply, reference, asked);
    },

    async blob(reader, digest, size, signal) {
      const path = `/v2/${reader.repository.path}/blobs/${digest}`;
      const reply = await get(reader, { path, accept: '*/*', maxBytes: Math.min(size, limits.evidenceBytes) }, signal);
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw statusFailure(reader.repository, reply.status);
      if (reply.body.length !== size || !hashesTo(reply.body, digest)) {
        throw new FetchFailure({
          code: 'FETCH_DIGEST_MISMATCH',
          source: `${reader.repository.name} blob`,
          found: `${digestOf(reply.body, digestAlgorithm(digest))} (${reply.body.length} bytes)`,
          expected: `${digest} (${size} bytes)`,
        });
      }
      return reply.body;
    },

    async referrers(reader, digest, take, signal) {
      const path = `/v2/${reader.repository.path}/referrers/${digest}`;
      const asked = new Set<string>();
      for (let next: string | undefined = path; next !== undefined; ) {
        if (asked.size >= limits.referrerPages) return 'cut';
        asked.add(next);
        const reply: HttpReply = await get(reader, { path: next, accept: OCI_INDEX, maxBytes: limits.manifestBytes }, signal);
        if (asked.size === 1 && NO_SUCH_API.has(reply.status)) return 'absent';
        if (reply.status !== 200) throw statusFailure(reader.repository, reply.status);
        if (!take(reply.body)) return 'complete';
        next = nextPage(reader.repository, path, reply.headers.link);
        if (next !== undefined && asked.has(next)) return 'cut';
      }
      return 'complete';
    },
  };
}

function checkManifest(repository: Repository, reply: HttpReply, reference: string, asked: Digest | undefined): ManifestBytes {
  const contentType = essence(reply.headers['content-type']);
  const source = `${repository.name}${asked === undefined ? ':' : '@'}${reference}`;
  const expected = asked ?? parseDigest(reply.headers['docker-content-digest']);
  const digest = digestOf(reply.body, asked === undefined ? 'sha256' : digestAlgorithm(asked));
  // The digest of a schema 1 manifest is not that of its bytes; `parseManifest` reports it as what it is.
  const schema1 = asked === undefined && /^application\/vnd\.docker\.distribution\.manifest\.v1/.test(contentType);
  if (expected !== undefined && !schema1 && digest !== expected && !hashesTo(reply.body, expected)) {
    throw new FetchFailure({ code: 'FETCH_DIGEST_MISMATCH', source, found: digestOf(reply.body, digestAlgorithm(expected)), expected });
  }
  return { bytes: reply.body, digest, contentType };
}

const NEXT_LINK = /^\s*<([^<>\s]{1,4096})>\s*;\s*rel="?next"?\s*$/i;

/** The next page: only the query may differ from the first page's URL, and it stays on the registry's origin (F07). */
function nextPage(repository: Repository, path: string, link: string | readonly string[] | undefined): string | undefined {
  if (link === undefined) return undefined;
  const text = typeof link === 'string' ? NEXT_LINK.exec(link)?.[1] : undefined;
  const next = text === undefined ? undefined : resolveTarget(text.startsWith('?') ? `${path}${text}` : text, repository.origin);
  const same = next !== undefined && originText(next.origin) === originText(repository.origin) && next.path.startsWith(`${path}?`);
  if (same) return next.path;
  throw new FetchFailure({
    code: 'FETCH_REDIRECT',
    source: repository.origin.host.text,
    found: `next page ${String(link).slice(0, 200)}`,
    expected: `${path}?…`,
  });
}

function badRedirect(target: Target, location: unknown): FetchFailure {
  const found = typeof location === 'string' ? location.slice(0, 200) : 'no location';
  return new FetchFailure({
    code: 'FETCH_REDIRECT',
    source: target.origin.host.text,
    found,
    expected: `few redirects, each to an https URL`,
  });
}

/** What a status other than 200 and 404 means. */
function statusFailure({ origin }: Repository, status: number): FetchFailure {
  const code = status === 401 || status === 403 ? 'FETCH_UNAUTHORIZED' : status === 429 ? 'FETCH_RATE_LIMITED' : 'FETCH_SERVER_ERROR';
  return new FetchFailure({ code, source: origin.host.text, found: `status ${status}` });
}
