/** GitHub's attestations API, or one that answers like it: bundles by digest, of an organisation, a user or a repository. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { digestAlgorithm } from '../../domain/artifact/digest.ts';
import { bytesDigest } from '../../domain/artifact/revision.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { makeEvidence } from '../oci/content.ts';
import { objectIn, odd } from '../packages/answer.ts';
import type { FindEvidence, OpenStore } from './store.ts';
import { everyPage, NOTHING, withinBounds } from './within.ts';

/** Whose attestations: exactly one is there. */
export interface GithubScope {
  readonly owner?: string | undefined;
  readonly user?: string | undefined;
  /** `OWNER/NAME`. */
  readonly repository?: string | undefined;
}

const PAGE = 100;

/**
 * `GET /orgs/OWNER/attestations/sha256:…` (`/users/…`, `/repos/OWNER/NAME/…`). Only bundles in the answer are taken: what is only named by
 * `bundle_url` lies compressed (snappy) at another host, and is told. Of the header `Link` the cursor alone is read.
 */
export function findAtGithub({ owner, user, repository }: GithubScope): FindEvidence {
  const whose = repository !== undefined ? `repos/${repository}` : user !== undefined ? `users/${user}` : `orgs/${owner ?? ''}`;
  return async ({ digest }, store, signal) => {
    const bytes = bytesDigest(digest);
    if (bytes === undefined || digestAlgorithm(bytes) !== 'sha256') return NOTHING;
    const at = `/${whose}/attestations/${bytes}`;
    const entries = await everyPage(store.label, store.bounds, (after) => page(at, store, after, signal));
    return withinBounds(store.label, entries.map((entry, index) => pieceOf(entry, `${store.label} attestation ${index + 1}`)), store.bounds);
  };
}

async function page(
  at: string, { ask, label, bounds }: OpenStore, after: string | undefined, signal: AbortSignal,
): Promise<{ readonly items: readonly unknown[]; readonly next?: string | undefined }> {
  const what = `the attestations at ${at}`;
  const path = `${at}?per_page=${PAGE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
  const answer = await ask({ path, accept: 'application/vnd.github+json', maxBytes: bounds.bytes, what }, signal);
  if (answer === undefined && after !== undefined) throw odd(label, 'no page where the one before it said there is one', what);
  if (answer === undefined) return { items: [] };
  const items = ownList(objectIn(answer.body, label, what), 'attestations');
  if (items === undefined) throw odd(label, 'JSON without a list of attestations', what);
  return { items, next: cursorOf(answer.link, label, what) };
}

/** Where the next page begins; throws when there is one and nobody says how to ask for it. */
function cursorOf(link: string | undefined, label: string, what: string): string | undefined {
  const [, target] = /<([^<>]{1,4096})>\s*;[^,<]*\brel="?next\b/.exec(link ?? '') ?? [];
  if (target === undefined) return undefined;
  const [, after] = /[?&]after=([^&#]{1,1024})(?:[&#]|$)/.exec(target) ?? [];
  if (after === undefined) throw odd(label, 'a link to the next page without after', what);
  try {
    return decodeURIComponent(after);
  } catch {
    throw odd(label, 'a link to the next page that cannot be read', what);
  }
}

function pieceOf(entry: unknown, source: string): UnverifiedEvidence | FetchProblem {
  const bundle = isObject(entry) ? own(entry, 'bundle') : undefined;
  if (isObject(bundle)) return makeEvidence('sigstore-bundle', source, Buffer.from(JSON.stringify(bundle)));
  const elsewhere = ownText(entry, 'bundle_url') !== undefined;
  return {
    code: 'FETCH_RESPONSE_INVALID', source, found: elsewhere ? 'an attestation that is only named by bundle_url' : 'an attestation without bundle',
    expected: 'a Sigstore bundle in the answer',
    ...(elsewhere
      ? {
          cause: 'what bundle_url names is compressed with snappy and lies at another host: it is not fetched',
          fix: 'could not verify, retry with the bundle beside the artifact: gh attestation download, then --evidence or a registry (push-to-registry)',
        }
      : {}),
  };
}
