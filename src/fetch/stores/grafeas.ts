/** Grafeas v1: occurrences of an image by its resource URL, the signed ones of them as evidence. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { own, ownList, ownText, textField } from '../../text/json/fields.ts';
import { gathered, objectIn, odd } from '../packages/answer.ts';
import { piecesOfOccurrence } from './occurrence.ts';
import type { FindEvidence, OpenStore } from './store.ts';
import { beyond, everyPage, LIST_LIMITS, NOTHING, withinBounds } from './within.ts';

/** What of a server is looked at. */
export interface GrafeasScope {
  /** Whose occurrences: `projects/PROJECT/occurrences`. */
  readonly project: string;
  /** Full names of notes (authorities), `projects/P/notes/N`; empty: those of every note. */
  readonly notes: readonly string[];
}

const KINDS = ['ATTESTATION', 'DSSE_ATTESTATION', 'BUILD'] as const;
/** The members of an answer (`ListOccurrencesResponse`); `unreachable` is Artifact Analysis's. */
const ANSWER: ReadonlySet<string> = new Set(['occurrences', 'nextPageToken', 'unreachable']);
const PAGE = 100;
const MOST_PAGE = 4 * 1024 * 1024;

/**
 * `GET /v1/projects/PROJECT/occurrences?filter=…` for each kind that holds signatures. Resource URLs are `https://HOST/NAME@DIGEST`, as Kritis and
 * Binary Authorization write them, or the same without `https://`, as Tekton Chains does. The filter is the server's own
 * affair: kind, resource and note of every occurrence are compared again. Only images have such URLs.
 */
export function findInGrafeas({ project, notes }: GrafeasScope): FindEvidence {
  const counts = new Set(notes);
  return async ({ kind, name, digest }, store, signal) => {
    const bare = `${name}@${digest}`;
    if (kind !== 'image' || /["\\\s]/.test(bare)) return NOTHING;
    const places = [`https://${bare}`, bare].flatMap((resource) => KINDS.map((one) => ({ resource, kind: one })));
    const { evidence, problems } = await gathered(store.label, places.map(async (place) => {
      const list = await everyPage(store.label, store.bounds, (after) => page(place, project, store, after, signal));
      const found: (UnverifiedEvidence | FetchProblem)[] = [];
      for (const one of list.filter((each) => counts.size === 0 || counts.has(ownText(each, 'noteName') ?? ''))) {
        found.push(...piecesOfOccurrence(one, store.label));
        if (found.length > store.bounds.pieces) throw beyond(store.label, `more than ${store.bounds.pieces} pieces`, `at most ${store.bounds.pieces}`);
      }
      return withinBounds(store.label, found, store.bounds);
    }));
    return withinBounds(store.label, [...evidence, ...problems], store.bounds);
  };
}

async function page(
  { resource, kind }: { readonly resource: string; readonly kind: string }, project: string, { ask, label }: OpenStore,
  after: string | undefined, signal: AbortSignal,
): Promise<{ readonly items: readonly unknown[]; readonly next?: string | undefined }> {
  const what = `the occurrences ${kind} of ${resource}`;
  const query = new URLSearchParams({
    filter: `resourceUrl="${resource}" AND kind="${kind}"`, pageSize: String(PAGE), ...(after === undefined ? {} : { pageToken: after }),
  });
  const path = `/v1/projects/${encodeURIComponent(project)}/occurrences?${query.toString()}`;
  const answer = await ask({ path, accept: 'application/json', maxBytes: MOST_PAGE, what }, signal);
  // A project that is not there is a mistake of the configuration, and no project without occurrences.
  if (answer === undefined) throw odd(label, `no project ${project}`, what, 'a list of occurrences');
  const json = objectIn(answer.body, label, what, LIST_LIMITS);
  // A document without members is how an empty list is written, so whatever else there is makes it something else.
  const other = Object.keys(json).find((name) => !ANSWER.has(name));
  if (other !== undefined) throw odd(label, `JSON with the member ${other.slice(0, 40)}`, what, 'occurrences and nextPageToken alone');
  const unreached = own(json, 'unreachable') ?? [];
  if (!Array.isArray(unreached) || unreached.length > 0) throw odd(label, 'a part of the occurrences: places were unreachable', what, 'all of them');
  const next = textField(json, 'nextPageToken');
  if (next === undefined) throw odd(label, 'a nextPageToken that is no text', what);
  const items = own(json, 'occurrences') === undefined ? [] : ownList(json, 'occurrences');
  if (items === undefined) throw odd(label, 'occurrences that are no list', what);
  const about = items.filter((one) => ownText(one, 'resourceUri') === resource && ownText(one, 'kind') === kind);
  const [foreign] = items;
  // A server that knows no filters lists everything; one that lists nothing but others has answered something else.
  if (about.length === 0 && foreign !== undefined) {
    const found = `${(ownText(foreign, 'kind') ?? 'an occurrence').slice(0, 40)} of ${(ownText(foreign, 'resourceUri') ?? 'nothing').slice(0, 200)}`;
    throw odd(label, found, what, `${kind} of ${resource}`);
  }
  return { items: about, next };
}
