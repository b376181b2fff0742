/** Objects of engines of builds: what they are about, and their images as far as these are known. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import { imageArtifact } from '../domain/artifact/image-artifact.ts';
import type { BuildImage } from '../domain/build/image.ts';
import type { Matter } from '../domain/build/matter.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { Extraction, ReviewRequest } from '../domain/decision/review.ts';
import { isObject } from '../text/json/fields.ts';
import { kindProblem, namespaceProblem } from './agreement.ts';
import { ARGO_READERS } from './argo/index.ts';
import { EXECUTED_READERS } from './guards/executed.ts';
import { objectFinding, unreadable } from './finding.ts';
import { notJudged } from './kubernetes/not-judged.ts';
import { MAX_ARTIFACTS } from './kubernetes/pod-spec.ts';
import type { EngineReader, EngineReaders, NestedReaders } from './reading.ts';
import { pullScope } from './scope.ts';
import { KIND_TABLE } from './table/rows.ts';
import type { KindTable } from './table/rows.ts';
import { SHIPWRIGHT_READERS } from './shipwright/index.ts';
import { TEKTON_READERS } from './tekton/index.ts';

/** Every resource of an engine. Another engine is a folder and a line here. */
export const ENGINE_READERS: EngineReaders = { ...TEKTON_READERS, ...ARGO_READERS, ...SHIPWRIGHT_READERS, ...EXECUTED_READERS };

/** Objects inside of an object are read by all engines as well. */
const NESTED: NestedReaders = { readers: ENGINE_READERS, depth: 0 };

/** What a request about an object of an engine brings; `undefined` when it is about none. */
export function extractEngine(review: ReviewRequest, table: KindTable = KIND_TABLE): Extraction | undefined {
  const nested = { ...NESTED, table };
  const reader = readerOf(review);
  if (reader === undefined) return undefined;
  if (review.operation === 'DELETE' || review.operation === 'CONNECT') return only(review, [notJudged(review)]);
  const disagreements = [kindProblem(review, { ...reader, podSpec: [], isPod: false }), namespaceProblem(review)];
  if (disagreements.some((problem) => problem !== undefined)) return only(review, disagreements);
  if (!isObject(review.object)) return only(review, [unreadable('', 'an object', review.object)]);
  const reading = reader.read(review, nested);
  const { problems } = reading;
  const isUnchanged = unchangedImages(review, reader, nested);
  const images = reading.images.map((image) => (isUnchanged(image) ? { ...image, unchanged: true } : image));
  const matter = withImages(reading.matter, images);
  const { artifacts, findings, deferred } = imagesOf(images);
  const scope = pullScope(review);
  if (artifacts.length > MAX_ARTIFACTS) {
    const detail = { expected: `at most ${MAX_ARTIFACTS} images`, found: String(artifacts.length) };
    return { ...only(review, [objectFinding('INPUT_TOO_MANY_ARTIFACTS', '', detail)]), ...(matter === undefined ? {} : { matter }) };
  }
  return {
    artifacts,
    findings: [...problems, ...findings],
    scope,
    ...(matter === undefined ? {} : { matter }),
    ...(deferred.length === 0 ? {} : { deferred }),
  };
}

/** API groups of engines: for objects of all others nothing more is looked at. */
const GROUPS: ReadonlySet<string> = new Set(Object.keys(ENGINE_READERS).map((key) => key.slice(0, key.indexOf('/'))));

function readerOf({ resource, subResource }: ReviewRequest): EngineReader | undefined {
  if (!GROUPS.has(resource.group)) return undefined;
  const key = `${resource.group}/${resource.resource}${subResource === '' ? '' : `/${subResource}`}`;
  return Object.hasOwn(ENGINE_READERS, key) ? ENGINE_READERS[key] : undefined;
}

/** Rules are told which images an UPDATE leaves as they were: what was admitted is not asked for again. */
function withImages(matter: Matter | undefined, images: readonly BuildImage[]): Matter | undefined {
  return matter?.about === 'build' ? { ...matter, request: { ...matter.request, images } } : matter;
}

/** Images known now become artifacts, all values of each; the others are for policies to decide about. */
function imagesOf(
  images: readonly BuildImage[],
): { readonly artifacts: ArtifactRef[]; readonly findings: Finding[]; readonly deferred: BuildImage[] } {
  const result = { artifacts: [] as ArtifactRef[], findings: [] as Finding[], deferred: [] as BuildImage[] };
  for (const image of images) {
    const { state } = image;
    if (image.unchanged === true) result.findings.push(objectFinding('INPUT_UNCHANGED', image.path, { artifact: image.raw }));
    else if (state.state === 'deferred') result.deferred.push(image);
    else {
      for (const value of state.values) {
        const read = imageArtifact(value, image.path, image.usage);
        const place = { ...(image.holder === '' ? {} : { holder: image.holder }), ...(image.task === '' ? {} : { task: image.task }) };
        if (read.ok) result.artifacts.push({ ...read.artifact, ...place });
        else result.findings.push({ ...read.finding, ...place });
      }
    }
  }
  return result;
}

/** What an UPDATE leaves as it was: the same text at the same path, which comes to the same images. */
function unchangedImages(review: ReviewRequest, reader: EngineReader, nested: NestedReaders): (image: BuildImage) => boolean {
  if (review.operation !== 'UPDATE') return () => false;
  const old = reader.read({ ...review, object: review.oldObject }, nested);
  if (old.problems.length > 0) return () => false;
  const before = new Map(old.images.map((image) => [image.path, JSON.stringify([image.raw, image.usage, image.state])]));
  return (image) => before.get(image.path) === JSON.stringify([image.raw, image.usage, image.state]);
}

function only(review: ReviewRequest, findings: readonly (Finding | undefined)[]): Extraction {
  return { artifacts: [], findings: findings.filter((finding) => finding !== undefined), scope: pullScope(review) };
}
