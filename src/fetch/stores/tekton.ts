/** Runs of Tekton in a cluster: what Chains signed of an image and keeps in the annotations of the run (its storage `tekton`). */
import { digestHex } from '../../domain/artifact/digest.ts';
import { bytesDigest } from '../../domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import { createFlights } from '../../flow/single-flight.ts';
import { leftEarly } from '../../net/failure.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject, own, ownList, ownText, textField } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { readRunAnnotations } from '../files/run-annotations.ts';
import { objectIn, odd } from '../packages/answer.ts';
import type { FindEvidence, OpenStore } from './store.ts';
import { beyond, everyPage, NOTHING, withinBounds } from './within.ts';

/** Which runs are looked at. */
export interface TektonScope {
  /** Empty: those of the whole cluster. */
  readonly namespaces: readonly string[];
  /** Selector of labels, as `kubectl -l` has it; absent: all runs. */
  readonly selector?: string | undefined;
}

const KINDS = { taskruns: 'TaskRun', pipelineruns: 'PipelineRun' } as const;
type Resource = keyof typeof KINDS;
const PAGE = 100;
/** Digits of a digest by which Chains calls what it signed of an image. */
const KEY = 12;
/** Annotations are metadata: what else there is of a run would only be thrown away. */
const METADATA = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

/** A piece, what Chains calls it (of an image the beginning of its digest), and what was signed, in which the digest stands. */
interface Signed {
  readonly piece: UnverifiedEvidence;
  readonly key: string;
  readonly payload: string;
}

/**
 * `GET /apis/tekton.dev/v1/namespaces/NS/taskruns` and `…/pipelineruns`, all pages: an API server finds nothing by the content of annotations.
 * Of what is signed the pieces count that name the digest; several artifacts at the same moment share the list. Whoever may annotate a
 * run can write all of it.
 */
export function findInRuns({ namespaces, selector }: TektonScope): FindEvidence {
  const flights = createFlights<readonly Signed[]>(leftEarly);
  const resources = Object.keys(KINDS) as Resource[];
  const places = (namespaces.length === 0 ? [''] : namespaces.map((name) => `/namespaces/${encodeURIComponent(name)}`))
    .flatMap((within) => resources.map((resource) => ({ resource, path: `/apis/tekton.dev/v1${within}/${resource}` })));
  return async ({ digest }, store, signal) => {
    const bytes = bytesDigest(digest);
    if (bytes === undefined) return NOTHING;
    const signed = await flights.run(store.label, async (shared) => {
      const lists: Signed[] = [];
      const bounds = { ...store.bounds, pieces: Infinity };
      for (const place of places)
        lists.push(...await everyPage(store.label, bounds, (after) => page({ ...place, selector }, store, after, shared)));
      return lists;
    }, signal);
    const hex = digestHex(bytes);
    const about = signed.filter(({ key, payload }) => key === hex.slice(0, KEY) || payload.includes(hex));
    return withinBounds(store.label, about.map(({ piece }) => piece), store.bounds);
  };
}

interface Place {
  readonly resource: Resource;
  readonly path: string;
  readonly selector: string | undefined;
}

async function page(
  { resource, path, selector }: Place, { ask, label, bounds }: OpenStore, after: string | undefined, signal: AbortSignal,
): Promise<{ readonly items: readonly Signed[]; readonly next?: string | undefined }> {
  const what = `the list ${path}`;
  const query = new URLSearchParams({
    limit: String(PAGE),
    ...(selector === undefined ? {} : { labelSelector: selector }), ...(after === undefined ? {} : { continue: after }),
  });
  const answer = await ask({ path: `${path}?${query.toString()}`, accept: METADATA, maxBytes: bounds.bytes, what }, signal);
  // 404: there is no such resource; 410: the list has become another one since its first page. Neither says that there is no run.
  if (answer === undefined) throw odd(label, after === undefined ? 'no such list' : 'a list that is gone before its end', what);
  const json = objectIn(answer.body, label, what);
  const kind = ownText(json, 'kind') ?? '';
  const metadata = own(json, 'metadata');
  const next = isObject(metadata) ? textField(metadata, 'continue') : undefined;
  const items = own(json, 'items') === null ? [] : ownList(json, 'items');
  const expected = `${KINDS[resource]}List`;
  if ((kind !== 'PartialObjectMetadataList' && kind !== expected) || next === undefined || items === undefined)
    throw odd(label, `a document of the kind ${kind.slice(0, 60) || '(none)'}`, what, `a ${expected} with metadata and items`);
  if (next === '' && (own(metadata, 'remainingItemCount') ?? 0) !== 0) throw odd(label, 'a list with more items and no way to them', what);
  return { items: items.flatMap((run) => signedOf(run, KINDS[resource], label)), next };
}

/** What is signed in one run; what cannot be read of it is nothing that anybody has signed. */
function signedOf(run: unknown, kind: string, label: string): readonly Signed[] {
  const metadata = own(run, 'metadata');
  const source = `${label} ${kind} ${`${ownText(metadata, 'namespace') ?? ''}/${ownText(metadata, 'name') ?? ''}`.slice(0, 200)}`;
  return (readRunAnnotations(source, { apiVersion: 'tekton.dev/v1', kind, metadata }) ?? []).flatMap((piece): readonly Signed[] => {
    if ('bytes' in piece) return [{ piece, key: piece.source.slice(source.length + 1), payload: payloadOf(piece.bytes) }];
    if (piece.code === 'FETCH_TOO_MANY') throw beyond(source, piece.found ?? 'more signatures', piece.expected ?? 'fewer');
    return [];
  });
}

/** The payload of an envelope, or the bytes themselves. */
function payloadOf(bytes: Uint8Array): string {
  const read = readJsonBytes(bytes);
  const payload = read.ok ? decodeBase64(own(read.value, 'payload')) : undefined;
  return Buffer.from(payload ?? bytes).toString('latin1');
}
