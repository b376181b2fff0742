/**
 * Archivista on loopback, as its documents have it (in-toto/archivista README, "How Archivista Works", docs/schema.graphql): `POST /v1/query`
 * with `dsses(where: {hasStatementWith: {hasSubjectsWith: {hasSubjectDigestsWith: …}}})` by Relay pages, and `GET /v1/download/{gitoid}`.
 */
import { createHash } from 'node:crypto';
import { startStore } from './fake.ts';
import type { FakeStore } from './fake.ts';

/** The store, with what lets it lie. */
export interface FakeArchivista extends FakeStore {
  /** What it has, by gitoid; whoever changes the bytes makes it lie. */
  readonly blobs: Map<string, Uint8Array>;
}

/** Starts an empty one; its pages hold `page` edges. */
export async function startArchivista(page = 2): Promise<FakeArchivista> {
  const blobs = new Map<string, Uint8Array>();
  const bySubject = new Map<string, string[]>();
  const store = await startStore(
    ({ method, path, body }) => {
      const [, gitoid] = /^\/v1\/download\/([0-9a-f]{64})$/.exec(path) ?? [];
      const blob = blobs.get(gitoid ?? '');
      if (method === 'GET' && blob !== undefined) return { body: blob };
      if (method !== 'POST' || path !== '/v1/query') return undefined;
      const { query, variables } = JSON.parse(body) as { query: string; variables: { algorithm: string; digest: string; first: number; after?: string } };
      for (const word of ['hasSubjectDigestsWith:{value:$digest,algorithm:$algorithm}', 'gitoidSha256', 'pageInfo{hasNextPage endCursor}'])
        if (!query.includes(word)) return { body: JSON.stringify({ errors: [{ message: `expected ${word}` }], data: null }) };
      const all = bySubject.get(`${variables.algorithm}:${variables.digest}`) ?? [];
      const start = variables.after === undefined ? 0 : Number(Buffer.from(variables.after, 'base64').toString());
      const edges = all.slice(start, start + Math.min(page, variables.first));
      const end = start + edges.length;
      const pageInfo = { hasNextPage: end < all.length, endCursor: edges.length === 0 ? null : Buffer.from(String(end)).toString('base64') };
      return { body: JSON.stringify({ data: { dsses: { edges: edges.map((gitoidSha256) => ({ node: { gitoidSha256 } })), pageInfo } } }) };
    },
    (_image, digest, evidence) => {
      const gitoid = createHash('sha256').update(`blob ${evidence.length}\0`).update(evidence).digest('hex');
      blobs.set(gitoid, evidence);
      bySubject.set(digest, [...(bySubject.get(digest) ?? []), gitoid]);
    },
  );
  return Object.assign(store, { blobs });
}
