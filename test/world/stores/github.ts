/**
 * GitHub's attestations API on loopback, as its documents have it (docs.github.com REST "List attestations" of organisations):
 * `GET /orgs/{org}/attestations/{subject_digest}?per_page&after`, `{attestations: [{bundle, repository_id, bundle_url}]}`, `Link` with the next page.
 */
import { startStore } from './fake.ts';
import type { FakeStore } from './fake.ts';

/** The organisation that is there. */
export const ORGANISATION = 'acme';

/** The API, with what it has by digest. */
export interface FakeGithub extends FakeStore {
  readonly attestations: Map<string, unknown[]>;
}

/** Starts an empty one; its pages hold `page` attestations. */
export async function startGithub(page = 2): Promise<FakeGithub> {
  const attestations = new Map<string, unknown[]>();
  const store: FakeStore = await startStore(
    ({ path }) => {
      const url = new URL(path, 'http://x');
      // GitHub shows the organisation itself, and answers 404 where it has no attestations of a digest.
      if (url.pathname === '/orgs/acme') return { body: JSON.stringify({ login: 'Acme' }) };
      const [, digest] = /^\/orgs\/acme\/attestations\/(sha256:[0-9a-f]{64})$/.exec(url.pathname) ?? [];
      const all = attestations.get(digest ?? '');
      if (all === undefined) return undefined;
      const start = Number(url.searchParams.get('after') ?? 0);
      const next = start + page < all.length ? { link: `<${store.url}${url.pathname}?per_page=100&after=${start + page}>; rel="next"` } : {};
      return { headers: { 'content-type': 'application/json', ...next }, body: JSON.stringify({ attestations: all.slice(start, start + page) }) };
    },
    (_image, digest, evidence) => {
      const bundle = JSON.parse(Buffer.from(evidence).toString()) as unknown;
      attestations.set(digest, [...(attestations.get(digest) ?? []), { bundle, repository_id: 1, bundle_url: '' }]);
    },
    '/api/v3',
  );
  return Object.assign(store, { attestations });
}
