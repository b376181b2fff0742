/** Archivista: envelopes by the digests of their subjects (GraphQL), each downloaded by its gitoid. */
import { createHash } from 'node:crypto';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { problemOf } from '../../net/failure.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { makeEvidence } from '../oci/content.ts';
import { objectIn, odd } from '../packages/answer.ts';
import type { FindEvidence, OpenStore, Wanted } from './store.ts';
import { beyond, everyPage, LIST_LIMITS, MOST_PIECE, partsOf, withinBounds } from './within.ts';

const PAGE = 100;
const MOST_LIST = 1024 * 1024;

type Piece = UnverifiedEvidence | FetchProblem;
type SubjectName = ReturnType<typeof partsOf>;

const QUERY = 'query($algorithm:String!,$digest:String!,$first:Int!,$after:Cursor){dsses(first:$first,after:$after,where:{hasStatementWith:'
  + '{hasSubjectsWith:{hasSubjectDigestsWith:{value:$digest,algorithm:$algorithm}}}}){edges{node{gitoidSha256}}pageInfo{hasNextPage endCursor}}}';

/**
 * `POST /v1/query` for the gitoids of envelopes whose statement has a subject with this digest, `GET /v1/download/GITOID` for each. What
 * is downloaded has to hash to its gitoid, so the store can hold back evidence and cannot make any.
 */
export const findInArchivista: FindEvidence = async (wanted, store, signal) => {
  const source = store.label;
  const listed = await Promise.all(namesOf(wanted).map((name) =>
    everyPage(source, store.bounds, (after) => page(wanted, name, store, after, signal))));
  const gitoids = new Set(listed.flat());
  if (gitoids.size > store.bounds.pieces) throw beyond(source, `${gitoids.size} envelopes`, `at most ${store.bounds.pieces}`);
  return withinBounds(source, await downloads(gitoids, store, signal), store.bounds);
};

/** Up to so many bytes in each round: nobody says beforehand how large an envelope is, and a huge one must not displace a good one. */
const ROUNDS: readonly number[] = [64 * 1024, 1024 * 1024, MOST_PIECE];

/**
 * The envelopes, the small ones first; those that are larger than a round takes wait for the next. What is held is not downloaded again,
 * and takes its turn by its size as the others do.
 */
async function downloads(gitoids: ReadonlySet<string>, store: OpenStore, signal: AbortSignal): Promise<readonly Piece[]> {
  const held = new Map((store.held ?? []).map((piece) => [gitoidOf(piece.bytes), piece]));
  const found = new Map<string, Piece>();
  let [left, waiting] = [store.bounds.bytes, [...gitoids]];
  for (const round of ROUNDS) {
    await eachBounded(waiting, store.bounds.concurrency, async (gitoid) => {
      const most = Math.max(0, Math.min(round, left));
      const known = held.get(gitoid);
      if (known !== undefined && known.bytes.length > round) return;
      const piece = known !== undefined && known.bytes.length <= most ? known
        : await download(gitoid, store, most, signal).catch((error: unknown): Piece => problemOf(error, store.label));
      if ('bytes' in piece) left -= piece.bytes.length;
      found.set(gitoid, piece);
    });
    waiting = waiting.filter((gitoid) => !found.has(gitoid) || isTooLarge(found.get(gitoid)));
  }
  return [...found.values()];
}

function isTooLarge(piece: Piece | undefined): boolean {
  return piece !== undefined && 'code' in piece && piece.code === 'FETCH_TOO_LARGE';
}

/** Under which names of the digest statements may have it: Witness and SLSA v0.x write `sha1` for commits. */
function namesOf({ digest }: Wanted): readonly SubjectName[] {
  const name = partsOf(digest);
  return name.algorithm === 'gitCommit' ? [name, { ...name, algorithm: 'sha1' }] : [name];
}

async function page(
  { digest }: Wanted, { algorithm, hex }: SubjectName, { ask, label }: OpenStore, after: string | undefined, signal: AbortSignal,
): Promise<{ readonly items: readonly string[]; readonly next?: string | undefined }> {
  const what = `the envelopes about ${digest}`;
  const post = JSON.stringify({
    query: QUERY, variables: { algorithm, digest: hex, first: PAGE, ...(after === undefined ? {} : { after }) },
  });
  const answer = await ask({ path: '/v1/query', accept: 'application/json', maxBytes: MOST_LIST, what, post }, signal);
  const json = objectIn(answer?.body ?? new Uint8Array(), label, what, LIST_LIMITS);
  const [error] = errorsOf(json);
  if (error !== undefined) throw odd(label, `errors: ${error.slice(0, 200)}`, what, 'data without errors');
  const dsses = own(own(json, 'data'), 'dsses');
  const edges = ownList(dsses, 'edges');
  const info = own(dsses, 'pageInfo');
  if (edges === undefined || !isObject(info)) throw odd(label, 'JSON without data.dsses.edges and pageInfo', what);
  const items = edges.map((edge) => {
    const gitoid = ownText(own(edge, 'node'), 'gitoidSha256');
    if (gitoid === undefined || !/^[0-9a-f]{64}$/.test(gitoid)) throw odd(label, 'an envelope without gitoidSha256 of 64 hexadecimal digits', what);
    return gitoid;
  });
  const goesOn = own(info, 'hasNextPage');
  if (typeof goesOn !== 'boolean') throw odd(label, 'a page that does not say whether there is another', what, 'pageInfo.hasNextPage, true or false');
  if (!goesOn) return { items };
  const next = ownText(info, 'endCursor');
  if (next === undefined || next === '' || next.length > 1024) throw odd(label, 'a page that says there is another, without endCursor', what);
  return { items, next };
}

/** What went wrong, in whatever form: beside errors the data is not the whole answer. */
function errorsOf(json: unknown): readonly string[] {
  return ['errors', 'error'].map((name) => own(json, name)).filter((found) => found !== undefined && found !== null)
    .flatMap((found): readonly unknown[] => (Array.isArray(found) ? found : [found]))
    .map((one) => (typeof one === 'string' ? one : ownText(one, 'message') ?? 'without message'));
}

async function download(
  gitoid: string, { ask, label }: OpenStore, maxBytes: number, signal: AbortSignal,
): Promise<Piece> {
  const source = `${label} gitoid ${gitoid.slice(0, 12)}…`;
  const what = `the envelope ${gitoid}`;
  const answer = await ask({ path: `/v1/download/${gitoid}`, accept: 'application/json', maxBytes, what }, signal);
  // It was listed a moment ago: what it says is not known, and it is not "nothing there".
  if (answer === undefined) throw odd(source, 'nothing under a gitoid that it lists', what);
  const other = gitoidOf(answer.body);
  if (other !== gitoid) throw odd(source, `bytes with the gitoid ${other.slice(0, 12)}…`, what, `gitoid ${gitoid.slice(0, 12)}…`);
  const read = readJsonBytes(answer.body);
  if (read.ok && ownText(read.value, 'payload') !== undefined && ownList(read.value, 'signatures') !== undefined)
    return makeEvidence('dsse', source, answer.body);
  return { code: 'VERIFY_FORMAT', source, found: 'something else than an envelope', expected: 'a DSSE envelope' };
}

/** The name of content as git has it, over sha256: `blob LENGTH`, a zero byte, the content. */
export function gitoidOf(bytes: Uint8Array): string {
  return createHash('sha256').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
