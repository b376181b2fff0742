import { digestAlgorithm, digestHex, shortDigest } from '../domain/digest.ts';
import type { Digest } from '../domain/digest.ts';
import type { UnverifiedEvidence } from '../domain/evidence.ts';
import type { EvidenceBatch, FetchProblem } from '../domain/ports.ts';
import { hashesTo, makeEvidence } from './content.ts';
import { problemOf } from './failure.ts';
import { ownList, parseJson } from './json.ts';
import { parseManifest } from './manifest.ts';
import type { Descriptor, ImageIndex, ManifestBytes } from './manifest.ts';
import { OCI_INDEX } from './media-types.ts';
import type { ObjectStore } from './object-store.ts';
import type { FetchLimits } from './options.ts';
import { mapLimited } from './parallel.ts';
import { interestIn, piecesOfReferrer, piecesOfTag, tooMany, unsupported } from './pieces.ts';
import type { Offer, Piece } from './pieces.ts';
import type { Reader, RegistryClient } from './registry-client.ts';

/**
 * Where evidence may be: `referrers` is the API and, where it gives nothing, the fallback tag; `api` and `fallback`
 * are its halves; `signatureTag` and `attestationTag` are cosign's legacy tags.
 */
export type Place = 'referrers' | 'api' | 'fallback' | 'signatureTag' | 'attestationTag';

/** What a place held. `gave` is the place to remember: `fallback` when `referrers` found it there. */
export interface PlaceResult extends EvidenceBatch {
  readonly gave: Place;
}

/** Looks at places. Never throws: what went wrong stands among the problems. */
export type LookAt = (place: Place, reader: Reader, artifact: Digest, signal: AbortSignal) => Promise<PlaceResult>;

/** The readers of all places; they hash what they read and judge nothing. */
export function createPlaces(client: RegistryClient, objects: ObjectStore, limits: FetchLimits): LookAt {
  async function pieceOf(reader: Reader, piece: Piece, signal: AbortSignal): Promise<UnverifiedEvidence | FetchProblem> {
    const bytes = embedded(piece.layer) ?? (await objects.blob(reader, piece.layer, signal));
    if (bytes === undefined) return { code: 'FETCH_RESPONSE_INVALID', source: piece.source, found: 'no such blob', expected: piece.layer.digest, cause: 'the manifest names a blob that the registry does not have' };
    return makeEvidence(piece.format, piece.source, bytes, piece.annotations);
  }

  /** Small pieces first and within a common budget of bytes, so that a huge piece cannot displace a good one (E14). */
  async function readPieces(reader: Reader, offer: Offer, signal: AbortSignal): Promise<EvidenceBatch> {
    const { affordable, problems } = withinBudget(offer.pieces, ({ layer }) => layer.size, ({ source }) => source, limits.evidenceBytes);
    const results = await mapLimited(affordable, limits.concurrency, (piece) => pieceOf(reader, piece, signal).catch((error: unknown) => at(piece.source, error)));
    return split(results, [...offer.problems, ...problems]);
  }

  async function tag(suffix: 'sig' | 'att', reader: Reader, artifact: Digest, signal: AbortSignal): Promise<EvidenceBatch> {
    // A tag has at most 128 characters: there are no legacy tags for sha512.
    if (digestAlgorithm(artifact) !== 'sha256') return NOTHING;
    const found = await client.manifest(reader, `sha256-${digestHex(artifact)}.${suffix}`, signal);
    if (found === undefined) return NOTHING;
    const source = `tag sha256-${digestHex(artifact).slice(0, 4)}….${suffix}`;
    const manifest = parseManifest(found);
    if (manifest.kind !== 'manifest') return problem(unreadable(source, manifest.kind === 'index' ? 'an index' : manifest.found));
    return readPieces(reader, piecesOfTag(manifest, source, limits.signatures), signal);
  }

  async function offerOf(reader: Reader, entry: Descriptor, artifact: Digest, signal: AbortSignal): Promise<Offer> {
    const source = `referrer ${shortDigest(entry.digest)}`;
    const bytes = await objects.manifest(reader, entry.digest, signal);
    if (bytes === undefined) return { pieces: [], problems: [unreadable(source, 'no such manifest')] };
    if (bytes.bytes.length !== entry.size) return { pieces: [], problems: [unreadable(source, `${bytes.bytes.length} bytes`, `${entry.size} bytes`)] };
    const manifest = parseManifest(bytes);
    if (manifest.kind !== 'manifest') return { pieces: [], problems: [unreadable(source, manifest.kind === 'index' ? 'an index' : manifest.found)] };
    return piecesOfReferrer(manifest, source, artifact);
  }

  async function readReferrers(reader: Reader, index: ImageIndex, artifact: Digest, signal: AbortSignal): Promise<EvidenceBatch> {
    const wanted = index.manifests.filter((entry) => interestIn(entry) === 'read');
    const strange = index.manifests.filter((entry) => interestIn(entry) === 'unsupported');
    const kept = wanted.slice(0, limits.signatures);
    const name = (entry: Descriptor): string => `referrer ${shortDigest(entry.digest)}`;
    const { affordable, problems } = withinBudget(kept, ({ size }) => size, name, limits.evidenceBytes);
    const offers = await mapLimited(affordable, limits.concurrency, (entry) => offerOf(reader, entry, artifact, signal).catch((error: unknown): Offer => ({ pieces: [], problems: [at(name(entry), error)] })));
    const pieces = offers.flatMap((offer) => offer.pieces);
    const all: FetchProblem[] = [...offers.flatMap((offer) => offer.problems), ...problems, ...strange.slice(0, limits.signatures).map((entry) => unsupported(name(entry), entry))];
    if (wanted.length > limits.signatures) all.push(tooMany('referrers', wanted.length, limits.signatures));
    else if (pieces.length > limits.signatures) all.push(tooMany('referrers', pieces.length, limits.signatures));
    return readPieces(reader, { pieces: pieces.slice(0, limits.signatures), problems: all }, signal);
  }

  async function api(reader: Reader, artifact: Digest, signal: AbortSignal): Promise<EvidenceBatch> {
    const listed = await client.referrers(reader, artifact, signal);
    if (listed === undefined) return NOTHING;
    const problems: FetchProblem[] = listed.complete ? [] : [{ code: 'FETCH_TOO_MANY', source: 'referrers', found: `more than ${limits.referrerPages} pages`, expected: `at most ${limits.referrerPages}` }];
    const manifests: Descriptor[] = [];
    for (const bytes of listed.pages) {
      const page = parseManifest({ bytes, contentType: OCI_INDEX });
      if (page.kind === 'index') manifests.push(...page.manifests);
      else problems.push(unreadable('referrers', ownList(parseJson(bytes), 'manifests') === undefined ? 'a list that is no index' : 'a list of another type'));
    }
    const read = await readReferrers(reader, { kind: 'index', manifests: distinct(manifests), invalid: 0 }, artifact, signal);
    return { evidence: read.evidence, problems: [...problems, ...read.problems] };
  }

  async function fallback(reader: Reader, artifact: Digest, signal: AbortSignal): Promise<EvidenceBatch> {
    const found: ManifestBytes | undefined = await client.manifest(reader, `${digestAlgorithm(artifact)}-${digestHex(artifact).slice(0, 64)}`, signal);
    if (found === undefined) return NOTHING;
    const index = parseManifest(found);
    if (index.kind !== 'index') return problem(unreadable('referrers fallback tag', index.kind === 'manifest' ? 'a manifest' : index.found, 'an index'));
    return readReferrers(reader, { ...index, manifests: distinct(index.manifests) }, artifact, signal);
  }

  async function both(reader: Reader, artifact: Digest, signal: AbortSignal): Promise<PlaceResult> {
    const listed = await guarded('referrers', api(reader, artifact, signal));
    if (listed.evidence.length > 0) return { ...listed, gave: 'referrers' };
    const tagged = await guarded('referrers fallback tag', fallback(reader, artifact, signal));
    return { evidence: tagged.evidence, problems: [...listed.problems, ...tagged.problems], gave: tagged.evidence.length > 0 ? 'fallback' : 'referrers' };
  }

  return async (place, reader, artifact, signal) => {
    if (place === 'referrers') return both(reader, artifact, signal);
    if (place === 'api') return { ...(await guarded('referrers', api(reader, artifact, signal))), gave: 'referrers' };
    if (place === 'fallback') return { ...(await guarded('referrers fallback tag', fallback(reader, artifact, signal))), gave: place };
    const suffix = place === 'signatureTag' ? 'sig' : 'att';
    return { ...(await guarded(`tag .${suffix}`, tag(suffix, reader, artifact, signal))), gave: place };
  };
}

const NOTHING: EvidenceBatch = { evidence: [], problems: [] };
const LARGEST_EMBEDDED = 64 * 1024;

function problem(only: FetchProblem): EvidenceBatch {
  return { evidence: [], problems: [only] };
}

function at(source: string, error: unknown): FetchProblem {
  const found = problemOf(error, source);
  return { ...found, source: found.source === source ? source : `${source} (${found.source})` };
}

async function guarded(source: string, batch: Promise<EvidenceBatch>): Promise<EvidenceBatch> {
  return batch.catch((error: unknown) => problem(at(source, error)));
}

function unreadable(source: string, found: string, expected?: string): FetchProblem {
  return { code: 'FETCH_RESPONSE_INVALID', source, found, ...(expected === undefined ? {} : { expected }) };
}

/** Content embedded in the descriptor, when it really is that content. */
function embedded({ data, size, digest }: Descriptor): Uint8Array | undefined {
  if (data === undefined || size > LARGEST_EMBEDDED || data.length > LARGEST_EMBEDDED * 2) return undefined;
  const bytes = Buffer.from(data, 'base64');
  return bytes.length === size && hashesTo(bytes, digest) ? bytes : undefined;
}

function distinct(entries: readonly Descriptor[]): Descriptor[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}

function withinBudget<T>(items: readonly T[], size: (item: T) => number, source: (item: T) => string, budget: number): { affordable: T[]; problems: FetchProblem[] } {
  const affordable: T[] = [];
  const problems: FetchProblem[] = [];
  let left = budget;
  for (const item of [...items].sort((a, b) => size(a) - size(b))) {
    left -= size(item);
    if (left >= 0) affordable.push(item);
    else problems.push({ code: 'FETCH_TOO_LARGE', source: source(item), found: `${size(item)} bytes`, expected: `at most ${budget} bytes of evidence in one place` });
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
