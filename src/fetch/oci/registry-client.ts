/** Reading from OCI registries: every body is hashed, and what is somebody else's page is told apart from what was pushed. */
import { digestAlgorithm, parseDigest } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { FetchFailure } from '../../net/failure.ts';
import { originText, resolveTarget } from '../../net/host.ts';
import type { Advice } from '../../net/words/advice.ts';
import type { HttpReply } from '../../net/http.ts';
import type { FetchLimits } from '../../net/options.ts';
import type { Repository } from '../../net/reachability.ts';
import { digestOf, hashesTo } from './content.ts';
import { isJson, resemblesManifest } from './foreign.ts';
import type { ManifestBytes } from './manifest.ts';
import { ACCEPTED, OCI_INDEX, essence } from './media-types.ts';
import type { Reader } from './reader.ts';
import { statusFailure } from './registry-get.ts';
import type { RegistryGet } from './registry-get.ts';

/** The parts of the OCI distribution API that Gatehouse reads. Everything throws FetchFailure; 404 is `undefined`. */
export interface RegistryClient {
  /** A manifest by tag or digest, of at most `most` bytes; they are hashed, and must match the digest asked for or the one promised. */
  manifest(reader: Reader, reference: string, signal: AbortSignal, most?: number): Promise<ManifestBytes | undefined>;
  /** A blob of exactly `size` bytes that hash to the digest. */
  blob(reader: Reader, digest: Digest, size: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /**
   * Hands the pages of the referrers API to `take` one by one, so that only one is held; `take` answers whether it wants
   * more. `absent` when the registry does not have the API: it says so, or what it answers is no list. `cut` when there are more
   * pages than are read.
   */
  referrers(
    reader: Reader,
    digest: Digest,
    take: (page: Uint8Array) => 'more' | 'enough' | 'no list',
    signal: AbortSignal,
  ): Promise<'absent' | 'complete' | 'cut'>;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const NO_SUCH_API: ReadonlySet<number> = new Set([400, 404, 405, 406, 410, 501]);

/** A reading client for OCI registries (distribution-spec 1.1). */
export function createRegistryClient(get: RegistryGet, limits: FetchLimits, advice?: Advice): RegistryClient {
  return {
    async manifest(reader, reference, signal, most = limits.manifestBytes) {
      const asked = parseDigest(reference);
      if (asked === undefined && !TAG.test(reference)) return undefined;
      const path = `/v2/${reader.repository.path}/manifests/${reference}`;
      const question = { path, accept: ACCEPTED, maxBytes: Math.min(most, limits.manifestBytes), what: `the manifest ${reference}` };
      const reply = await get(reader, question, signal);
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw statusFailure(reader.repository, reply.status, question, advice);
      return checkManifest(reader.repository, reply, reference, asked);
    },

    async blob(reader, digest, size, signal) {
      const path = `/v2/${reader.repository.path}/blobs/${digest}`;
      const question = { path, accept: '*/*', maxBytes: Math.min(size, limits.evidenceBytes), what: `the blob ${digest}` };
      const reply = await get(reader, question, signal);
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw statusFailure(reader.repository, reply.status, question, advice);
      if (reply.body.length === size && hashesTo(reply.body, digest)) return reply.body;
      // All evidence is JSON: what is none was not changed, it comes from somebody else.
      if (!isJson(reply.body)) throw foreignPage(reader.repository, reply, question.what);
      throw new FetchFailure({
        code: 'FETCH_DIGEST_MISMATCH',
        source: `${reader.repository.name} blob`,
        found: `${digestOf(reply.body, digestAlgorithm(digest))} (${reply.body.length} bytes)`,
        expected: `${digest} (${size} bytes)`,
      });
    },

    async referrers(reader, digest, take, signal) {
      const path = `/v2/${reader.repository.path}/referrers/${digest}`;
      const asked = new Set<string>();
      for (let next: string | undefined = path; next !== undefined; ) {
        if (asked.size >= limits.referrerPages) return 'cut';
        asked.add(next);
        const question = { path: next, accept: OCI_INDEX, maxBytes: limits.manifestBytes, what: `the referrers of ${digest}` };
        const reply: HttpReply = await get(reader, question, signal);
        if (asked.size === 1 && NO_SUCH_API.has(reply.status)) return 'absent';
        if (reply.status !== 200) throw statusFailure(reader.repository, reply.status, question, advice);
        const wants = take(reply.body);
        if (wants === 'no list' && asked.size === 1) return 'absent';
        if (wants === 'no list') throw foreignPage(reader.repository, reply, `page ${asked.size} of ${question.what}`);
        if (wants === 'enough') return 'complete';
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
  // What hashes to its digest is what somebody pushed, whatever it is; anything else may come from whoever is on the way.
  if (digest !== asked && !resemblesManifest(reply.body)) throw foreignPage(repository, reply, `the manifest ${reference}`);
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

/** An answer that is not what was asked for, and nothing that could have been pushed as that: a login page, a proxy's message. */
function foreignPage({ origin }: Repository, { body, headers }: HttpReply, what: string): FetchFailure {
  const type = essence(headers['content-type']) || 'no content type';
  return new FetchFailure({
    code: 'FETCH_RESPONSE_INVALID',
    source: origin.host.text,
    found: `${body.length} bytes of something else (${type.slice(0, 100)})`,
    expected: what,
    cause: `registry ${origin.host.text} was asked for ${what}`,
  });
}
