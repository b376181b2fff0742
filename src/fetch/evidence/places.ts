/** Where evidence may lie beside an image, and how each place is read. */
import { digestAlgorithm, digestHex, shortDigest } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import { hashesTo, makeEvidence } from '../oci/content.ts';
import { problemOf } from '../../net/failure.ts';
import { parseManifest, parseReferrers } from '../oci/manifest.ts';
import type { Descriptor, ImageIndex, Unusable } from '../oci/manifest.ts';
import type { ObjectStore } from '../oci/object-store.ts';
import type { FetchLimits } from '../../net/options.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { withSignedMessage } from './signed-message.ts';
import { piecesOfReferrer, piecesOfTag, tooMany } from './pieces.ts';
import type { Offer, Piece } from './pieces.ts';
import { createListReader } from './referrer-list.ts';
import type { Entry, ReferrerList } from './referrer-list.ts';
import type { Reader } from '../oci/reader.ts';
import type { RegistryClient } from '../oci/registry-client.ts';

/** Where evidence may be in a repository: the referrers API, the tag that stands in for it, and cosign's legacy tags. */
export type EvidencePlace = 'api' | 'fallback' | 'signatureTag' | 'attestationTag';

/** All of them. They are looked at independently: what one gives, or fails to give, never keeps another from being asked. */
export const PLACES: readonly EvidencePlace[] = ['api', 'fallback', 'signatureTag', 'attestationTag'];

/** Looks at a place. Never throws: what went wrong stands among the problems. The artifact itself is read by `own`, if need be. */
export type LookAt =
  (place: EvidencePlace, reader: Reader, artifact: Digest, signal: AbortSignal, own?: Reader) => Promise<EvidenceBatch>;

/** The readers of all places; they hash what they read and judge nothing. */
export function createPlaces(client: RegistryClient, objects: ObjectStore, limits: FetchLimits): LookAt {
  async function pieceOf(reader: Reader, piece: Piece, signal: AbortSignal): Promise<UnverifiedEvidence | FetchProblem> {
    const bytes = embedded(piece.layer) ?? (await objects.blob(reader, piece.layer, signal));
    if (bytes === undefined)
      return {
        code: 'FETCH_RESPONSE_INVALID',
        source: piece.source,
        found: 'no such blob',
        expected: piece.layer.digest,
        cause: 'the manifest names a blob that the registry does not have',
      };
    return makeEvidence(piece.format, piece.source, bytes, piece.annotations, piece.layer.digest);
  }

  /** Small pieces first and within a common budget of bytes, so that a huge piece cannot displace a good one (E14). */
  async function readPieces(reader: Reader, offer: Offer, signal: AbortSignal): Promise<EvidenceBatch> {
    const { affordable, problems } = withinBudget(
      offer.pieces,
      ({ layer }) => layer.size,
      ({ source }) => source,
      limits.evidenceBytes,
    );
    const results = await eachBounded(affordable, limits.concurrency, (piece) =>
      pieceOf(reader, piece, signal).catch((error: unknown) => at(piece.source, error)),
    );
    return split(results, [...offer.problems, ...problems]);
  }

  async function tag(suffix: 'sig' | 'att', reader: Reader, artifact: Digest, signal: AbortSignal): Promise<EvidenceBatch> {
    // A tag has at most 128 characters: there are no legacy tags for sha512.
    if (digestAlgorithm(artifact) !== 'sha256') return NOTHING;
    const found = await client.manifest(reader, tagOf(suffix === 'sig' ? 'signatureTag' : 'attestationTag', artifact), signal);
    if (found === undefined) return NOTHING;
    const source = `tag sha256-${digestHex(artifact).slice(0, 4)}….${suffix}`;
    const manifest = parseManifest(found);
    if (manifest.kind !== 'manifest') return { evidence: [], problems: [noManifest(source, manifest, limits.signatures)] };
    return readPieces(reader, piecesOfTag(manifest, source, limits.signatures), signal);
  }

  async function offerOf(reader: Reader, entry: Entry, artifact: Digest, signal: AbortSignal): Promise<Offer> {
    const source = nameOf(entry);
    const bytes = await objects.manifest(reader, entry.digest, signal, entry.size);
    if (bytes === undefined) return { pieces: [], problems: [unreadable(source, 'no such manifest')] };
    if (bytes.bytes.length !== entry.size)
      return { pieces: [], problems: [unreadable(source, `${bytes.bytes.length} bytes`, `${entry.size} bytes`)] };
    const manifest = parseManifest(bytes);
    if (manifest.kind !== 'manifest') return { pieces: [], problems: [noManifest(source, manifest, limits.signatures)] };
    return piecesOfReferrer(manifest, source, artifact);
  }

  /** What says that it is no evidence, and by its own manifest is none, or is not there, is nobody's concern. */
  async function offerOfOther(reader: Reader, entry: Entry, artifact: Digest, signal: AbortSignal): Promise<Offer> {
    const offer = await offerOf(reader, entry, artifact, signal);
    return offer.pieces.length > 0 || offer.problems.some(({ code }) => code === 'VERIFY_FORMAT') ? offer : { pieces: [], problems: [] };
  }

  async function readReferrers(
    reader: Reader,
    { wanted, others, problems }: ReferrerList,
    artifact: Digest,
    signal: AbortSignal,
  ): Promise<EvidenceBatch> {
    const budget = withinBudget(wanted, ({ size }) => size, nameOf, limits.evidenceBytes);
    const small = others.filter(({ size }) => size <= limits.manifestBytes);
    const asks = [
      ...budget.affordable.map((entry) => ({ entry, look: offerOf })),
      ...small.map((entry) => ({ entry, look: offerOfOther })),
    ];
    const offers = await eachBounded(asks, limits.concurrency, ({ entry, look }) =>
      look(reader, entry, artifact, signal).catch((error: unknown): Offer => ({ pieces: [], problems: [at(nameOf(entry), error)] })),
    );
    const pieces = offers.flatMap((offer) => offer.pieces);
    const all = [...problems, ...offers.flatMap((offer) => offer.problems), ...budget.problems];
    if (pieces.length > limits.signatures)
      return { evidence: [], problems: [...all, tooMany('referrers', pieces.length, limits.signatures)] };
    return readPieces(reader, { pieces, problems: all }, signal);
  }

  async function api(reader: Reader, artifact: Digest, signal: AbortSignal): Promise<EvidenceBatch> {
    const list = createListReader({ source: 'referrers', limit: limits.signatures, broken: 'FETCH_RESPONSE_INVALID' });
    const end = await client.referrers(reader, artifact, (bytes) => list.page(parseReferrers(bytes)), signal);
    if (end === 'absent') return NOTHING;
    const read = await readReferrers(reader, list.end(), artifact, signal);
    if (end === 'complete') return read;
    const { text } = reader.repository.origin.host;
    return {
      evidence: read.evidence,
      problems: [
        {
          code: 'FETCH_TOO_LARGE', source: 'referrers', found: 'a list that goes on', expected: `at most ${limits.referrerPages} pages`,
          cause: `registry ${text} was asked for the referrers of ${artifact}`,
        },
        ...read.problems,
      ],
    };
  }

  async function fallback(reader: Reader, artifact: Digest, signal: AbortSignal): Promise<EvidenceBatch> {
    const found = await client.manifest(reader, tagOf('fallback', artifact), signal);
    if (found === undefined) return NOTHING;
    // A tag that holds the artifact lists nothing: it is how copies of images without their signatures are left behind.
    if (hashesTo(found.bytes, artifact)) return { evidence: [], problems: [copiedAlone(artifact)] };
    const list = createListReader({ source: 'referrers fallback tag', limit: limits.signatures, broken: 'FETCH_MANIFEST_INVALID' });
    list.page(parseManifest(found));
    return readReferrers(reader, list.end(), artifact, signal);
  }

  /** Whether whoever was refused a tag may read the image beside which it would stand. */
  async function isReadable(reader: Reader, artifact: Digest, signal: AbortSignal): Promise<boolean> {
    return (await objects.manifest(reader, artifact, signal).catch(() => undefined)) !== undefined;
  }

  const LOOKS = {
    api: { source: 'referrers', look: api },
    fallback: { source: 'referrers fallback tag', look: fallback },
    signatureTag: { source: 'tag .sig', look: (...how: Parameters<typeof api>) => tag('sig', ...how) },
    attestationTag: { source: 'tag .att', look: (...how: Parameters<typeof api>) => tag('att', ...how) },
  } as const satisfies Record<EvidencePlace, unknown>;

  return async (place, reader, artifact, signal, own = reader) => {
    const { source, look } = LOOKS[place];
    const batch = await look(reader, artifact, signal).catch(async (error: unknown) => {
      const problem = at(source, error);
      const told = place !== 'api' && problem.code === 'FETCH_UNAUTHORIZED' && (await isReadable(reader, artifact, signal));
      return { evidence: [], problems: [told ? hiddenTag(problem, tagOf(place, artifact)) : problem] };
    });
    return withSignedMessage(batch, artifact, async () => (await objects.manifest(own, artifact, signal))?.bytes);
  };
}

const NOTHING: EvidenceBatch = { evidence: [], problems: [] };
const LARGEST_EMBEDDED = 64 * 1024;
/** As much as verification reads (`verify/limits.ts`). */
const LARGEST_PIECE = 16 * 1024 * 1024;
const SPLIT = 'could not verify, retry after removing or splitting this piece of evidence';
const RAISE = 'could not verify, retry after removing oversized evidence, or raising limits.evidenceBytes in the configuration';

/** The tag of a place; the API has none, and gets that of what stands in for it. */
function tagOf(place: EvidencePlace, artifact: Digest): string {
  if (place === 'signatureTag' || place === 'attestationTag') return `sha256-${digestHex(artifact)}.${place === 'signatureTag' ? 'sig' : 'att'}`;
  return `${digestAlgorithm(artifact)}-${digestHex(artifact).slice(0, 64)}`;
}

/** A hint for whoever finds nothing else: it is no evidence, and nothing is wrong with it. */
function copiedAlone(artifact: Digest): FetchProblem {
  return {
    code: 'FETCH_NONE_FOUND',
    source: 'referrers fallback tag',
    cause: `tag ${shortTag(tagOf('fallback', artifact))} holds the image itself: a copy of it was left here without its signatures`,
    fix: 'copy the signatures as well (oras copy --recursive, or cosign copy from where they are), or sign the image here',
  };
}

/** Some registries answer so for every tag that is not there (fault F9); as long as they do, nobody can know. */
function hiddenTag(problem: FetchProblem, tag: string): FetchProblem {
  return {
    ...problem,
    found: `${problem.found ?? 'refused'} for tag ${tag}`,
    cause: 'the same credentials read the image itself; some registries answer so for tags that do not exist: it is probably unsigned',
    fix: 'could not verify, retry after the image is signed; if it is, ask the operator of the registry for the right to read every tag of '
      + 'the repository',
  };
}

function shortTag(tag: string): string {
  return `${tag.slice(0, 15)}…`;
}

function nameOf({ digest }: Entry): string {
  return `referrer ${shortDigest(digest)}`;
}

function at(source: string, error: unknown): FetchProblem {
  const found = problemOf(error, source);
  return { ...found, source: found.source === source ? source : `${source} (${found.source})` };
}

function unreadable(source: string, found: string, expected?: string): FetchProblem {
  return { code: 'FETCH_RESPONSE_INVALID', source, found, ...(expected === undefined ? {} : { expected }) };
}

/** The problem with something that stands where a manifest should. */
function noManifest(source: string, read: ImageIndex | Unusable, limit: number): FetchProblem {
  if (read.kind === 'index') return { code: 'FETCH_MANIFEST_INVALID', source, found: 'an index', expected: 'a manifest' };
  return read.reason === 'too-many'
    ? { code: 'FETCH_TOO_MANY', source, found: read.found, expected: `at most ${limit} pieces` }
    : { code: 'FETCH_MANIFEST_INVALID', source, found: read.found };
}

/** Content embedded in the descriptor, when it really is that content. */
function embedded({ data, size, digest }: Descriptor): Uint8Array | undefined {
  if (data === undefined || size > LARGEST_EMBEDDED || data.length > LARGEST_EMBEDDED * 2) return undefined;
  const bytes = Buffer.from(data, 'base64');
  return bytes.length === size && hashesTo(bytes, digest) ? bytes : undefined;
}

/** The small ones first, as many as the budget allows. What is too large for verification is read by no setting, and says so. */
function withinBudget<T>(
  items: readonly T[],
  size: (item: T) => number,
  source: (item: T) => string,
  budget: number,
): { affordable: T[]; problems: FetchProblem[] } {
  const affordable: T[] = [];
  const problems: FetchProblem[] = [];
  let left = budget;
  for (const item of [...items].sort((a, b) => size(a) - size(b))) {
    const bytes = size(item);
    left -= bytes;
    if (bytes <= LARGEST_PIECE && left >= 0) affordable.push(item);
    else {
      const most = bytes > LARGEST_PIECE ? `${LARGEST_PIECE} bytes in one piece` : `${budget} bytes in one place (limits.evidenceBytes)`;
      const fix = bytes > LARGEST_PIECE ? SPLIT : RAISE;
      problems.push({
        code: 'FETCH_TOO_LARGE',
        source: source(item),
        found: `${bytes} bytes of evidence`,
        expected: `at most ${most}`,
        fix,
      });
    }
  }
  return { affordable, problems };
}

function split(results: readonly (UnverifiedEvidence | FetchProblem)[], problems: readonly FetchProblem[]): EvidenceBatch {
  const evidence: UnverifiedEvidence[] = [];
  const all = [...problems];
  for (const result of results) {
    if ('format' in result) evidence.push(result);
    else all.push(result);
  }
  return { evidence, problems: all };
}
