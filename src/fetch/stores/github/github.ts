/** GitHub's attestations API, or one that answers like it: bundles by digest, of an organisation, a user or a repository. */
import type { Digest } from '../../../domain/artifact/digest.ts';
import { digestAlgorithm } from '../../../domain/artifact/digest.ts';
import { isRevision } from '../../../domain/artifact/revision.ts';
import type { Revision } from '../../../domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../../domain/evidence.ts';
import type { EvidenceBatch, FetchProblem } from '../../../domain/ports.ts';
import { eachBounded } from '../../../flow/each-bounded.ts';
import { FetchFailure, problemOf } from '../../../net/failure.ts';
import { isObject, own, ownList, ownText } from '../../../text/json/fields.ts';
import { makeEvidence } from '../../oci/content.ts';
import { objectIn, odd } from '../../packages/answer.ts';
import { bundleElsewhere } from './bundle-url.ts';
import { nextTargets } from './link.ts';
import type { FindEvidence, OpenStore } from '../store.ts';
import { everyPage, LIST_LIMITS, NOTHING, withinBounds } from '../within.ts';

/** Whose attestations: exactly one of the first three is there. */
export interface GithubScope {
  readonly owner?: string | undefined;
  readonly user?: string | undefined;
  /** `OWNER/NAME`. */
  readonly repository?: string | undefined;
  /** Addresses below which bundles may lie that the answer only names; none: they are told. */
  readonly bundles?: readonly string[] | undefined;
}

type Piece = UnverifiedEvidence | FetchProblem;

const PAGE = 100;
const MOST_OWNER = 1024 * 1024;

/**
 * `GET /orgs/OWNER/attestations/sha256:…` (`/users/…`, `/repos/OWNER/NAME/…`). Bundles are in the answer, or at an address that
 * begins like one of `bundles`. Of the header `Link` the cursor alone is read.
 */
export function findAtGithub(scope: GithubScope): FindEvidence {
  const whose = ownerOf(scope);
  return async ({ digest }, store, signal) => {
    const named = nameAtGithub(digest);
    if (named === undefined) return NOTHING;
    const at = `/${whose.path}/attestations/${named}`;
    const entries = await everyPage(store.label, store.bounds, (after) => page(at, whose, store, after, signal));
    return bundlesOf(entries, store, signal);
  };
}

/** What GitHub keeps attestations under: bytes by sha256, commits by their id. */
function nameAtGithub(digest: Digest | Revision): string | undefined {
  if (!isRevision(digest)) return digestAlgorithm(digest) === 'sha256' ? digest : undefined;
  const hex = digest.slice(digest.indexOf(':') + 1);
  return hex.length === 40 ? `sha1:${hex}` : undefined;
}

interface Owner {
  readonly path: string;
  /** The member of its own document that holds its name, and the name. */
  readonly member: string;
  readonly name: string;
  /** What the configuration calls it. */
  readonly key: string;
}

function ownerOf({ owner = '', user, repository }: GithubScope): Owner {
  if (repository !== undefined) return { path: `repos/${repository}`, member: 'full_name', name: repository, key: 'repository' };
  if (user !== undefined) return { path: `users/${user}`, member: 'login', name: user, key: 'user' };
  return { path: `orgs/${owner}`, member: 'login', name: owner, key: 'owner' };
}

async function page(
  at: string, whose: Owner, store: OpenStore, after: string | undefined, signal: AbortSignal,
): Promise<{ readonly items: readonly unknown[]; readonly next?: string | undefined }> {
  const { ask, label, bounds } = store;
  const what = `the attestations at ${at}`;
  const path = `${at}?per_page=${PAGE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
  const answer = await ask({ path, accept: 'application/vnd.github+json', maxBytes: bounds.bytes, what }, signal);
  if (answer === undefined && after !== undefined) throw odd(label, 'no page where the one before it said there is one', what);
  if (answer === undefined) {
    await shows(whose, store, signal);
    return { items: [] };
  }
  const items = ownList(objectIn(answer.body, label, what, LIST_LIMITS), 'attestations');
  if (items === undefined) throw odd(label, 'JSON without a list of attestations', what);
  return { items, next: cursorOf(answer.link, label, what) };
}

/** Throws unless the owner itself is seen: GitHub answers 404 for what is not there and for what the token may not see alike. */
async function shows({ path, member, name, key }: Owner, { ask, label }: OpenStore, signal: AbortSignal): Promise<void> {
  const what = `/${path}, since it answered 404`;
  const answer = await ask({ path: `/${path}`, accept: 'application/vnd.github+json', maxBytes: MOST_OWNER, what }, signal);
  const document = answer === undefined ? undefined : objectIn(answer.body, label, what, LIST_LIMITS);
  const found = document === undefined ? undefined : ownText(document, member) ?? 'a document without name';
  if (found?.toLowerCase() === name.toLowerCase()) return;
  throw new FetchFailure({
    code: 'FETCH_RESPONSE_INVALID', source: label, found: found === undefined ? 'nothing (404)' : found.slice(0, 100), expected: name,
    cause: `it was asked for ${what}`,
    fix: `could not verify, retry after an administrator of Gatehouse has checked api and ${key} of this store, and that its token may read it `
      + '(evidenceStores)',
  });
}

/** Where the next page begins; throws when there may be one and nobody says how to ask for it. */
function cursorOf(link: string | undefined, label: string, what: string): string | undefined {
  const targets = nextTargets(link ?? '');
  if (targets === undefined) throw odd(label, 'a header Link that cannot be read', what);
  const [target, another] = targets;
  if (target === undefined) return undefined;
  if (another !== undefined) throw odd(label, 'two next pages', what);
  const [, after] = /[?&]after=([^&#]{1,1024})(?:[&#]|$)/.exec(target) ?? [];
  if (after === undefined) throw odd(label, 'a link to the next page without after', what);
  try {
    return decodeURIComponent(after);
  } catch {
    throw odd(label, 'a link to the next page that cannot be read', what);
  }
}

async function bundlesOf(entries: readonly unknown[], store: OpenStore, signal: AbortSignal): Promise<EvidenceBatch> {
  const { label, bounds } = store;
  const budget = { left: bounds.bytes };
  const found = await eachBounded([...entries.entries()], bounds.concurrency, async ([index, entry]): Promise<Piece> => {
    const source = `${label} attestation ${index + 1}`;
    const bundle = isObject(entry) ? own(entry, 'bundle') : undefined;
    if (isObject(bundle)) return makeEvidence('sigstore-bundle', source, Buffer.from(JSON.stringify(bundle)));
    try {
      return await bundleElsewhere(ownText(entry, 'bundle_url'), source, store, budget, signal);
    } catch (error) {
      return problemOf(error, source);
    }
  });
  return withinBounds(label, found, bounds);
}
