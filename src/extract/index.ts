/** From a request to the artifacts it would let in; an object with pods never comes out of here with nothing said. */
import type { ArtifactRef, Usage } from '../domain/artifact/artifact.ts';
import type { Matter } from '../domain/build/matter.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { imageArtifact } from '../domain/artifact/image-artifact.ts';
import type { Extraction, ReviewRequest } from '../domain/decision/review.ts';
import { kindProblem, namespaceProblem } from './agreement.ts';
import { ENGINE_READERS, extractEngine } from './engines.ts';
import { guardedMatter } from './guards/index.ts';
import { BATCH_KINDS } from './kubernetes/batch.ts';
import { objectFinding } from './finding.ts';
import type { KindReader, KindReaders } from './kubernetes/kind.ts';
import { isMirrorPod } from './kubernetes/mirror-pod.ts';
import { notJudged } from './kubernetes/not-judged.ts';
import { readOtherKind } from './kubernetes/other-kind.ts';
import type { OtherKindReading } from './kubernetes/other-kind.ts';
import { placeholderIn } from './kubernetes/placeholder.ts';
import { MAX_ARTIFACTS, readFoundPodSpecs, readPodSpec } from './kubernetes/pod-spec.ts';
import type { PodSpecReading } from './kubernetes/pod-spec.ts';
import { CORE_KINDS } from './kubernetes/pods.ts';
import { MOST_ASKED } from '../domain/gate/question.ts';
import { imagesOfObjects } from './nested/objects.ts';
import { MAX_SECRETS, pullScope } from './scope.ts';
import { holderOf } from './holder.ts';
import { KIND_TABLE } from './table/rows.ts';
import type { KindTable } from './table/rows.ts';
import { unchangedIn } from './kubernetes/unchanged.ts';
import { labelOfPod } from './verified-label.ts';
import type { LabelOfPod } from './verified-label.ts';
import { WORKLOAD_KINDS } from './kubernetes/workloads.ts';

/** Every kind that is read. A new kind is a line in one of these records. */
export const KIND_READERS: KindReaders = { ...CORE_KINDS, ...WORKLOAD_KINDS, ...BATCH_KINDS };

/**
 * Finds the artifacts that a request would let in, each with its place in the object.
 *
 * The same image at several places gives one artifact per place. What needs no judging (DELETE, an image that
 * stands unchanged or is left open in a template, a mirror pod) and what cannot be read gives findings; an object of a kind with pods never
 * comes out with neither. Pure: nothing is looked up, and the artifacts are named but not resolved.
 */
export function extract(review: ReviewRequest, table: KindTable = KIND_TABLE): Extraction {
  if (review.artifacts !== undefined) return named(review, review.artifacts);
  const ofEngine = extractEngine(review, table);
  if (ofEngine !== undefined) return ofEngine;
  const matter = guardedMatter(review);
  const label = labelOfPod(review);
  const object = extractObject(review, table, label);
  const extraction = label?.isNew === true ? { ...object, label: label.claim } : object;
  if (matter === undefined) return extraction;
  const stopped = stopping(extraction, matter);
  // What policies about builds say of a pod changes nothing of what its images are pinned to.
  return review.surface === 'mutate' ? stopped : { ...stopped, matter };
}

/** Images by which an update stops sidecars: it changes nothing else. Which of them may is for policies to say. */
function stopping(extraction: Extraction, matter: Matter): Extraction {
  if (matter.about !== 'pod' || matter.imagesReplaced === undefined) return extraction;
  return {
    ...extraction,
    artifacts: extraction.artifacts.map((ref) => (ref.usage === 'container' ? { ...ref, usage: 'sidecarStop' } : ref)),
  };
}

function extractObject(review: ReviewRequest, table: KindTable, label: LabelOfPod | undefined): Extraction {
  const skipped = notJudged(review);
  if (skipped !== undefined) return only(review, [skipped]);
  const reader = readerOf(review);
  if (reader === undefined) return extractOther(review, table);
  const disagreements = [kindProblem(review, reader), namespaceProblem(review)].filter((problem) => problem !== undefined);
  if (disagreements.length > 0) return only(review, disagreements);
  if (reader.isPod && isMirrorPod(review)) return only(review, [objectFinding('INPUT_MIRROR_POD', '')]);
  return extractImages(review, reader, label);
}

/** The resource alone decides how an object is read, whatever the request and the object call themselves. */
function readerOf(review: ReviewRequest): KindReader | undefined {
  const key = `${review.resource.group}/${review.resource.resource}`;
  return Object.hasOwn(KIND_READERS, key) ? KIND_READERS[key] : undefined;
}

function extractImages(review: ReviewRequest, reader: KindReader, label: LabelOfPod | undefined): Extraction {
  const read = (object: unknown): PodSpecReading => readPodSpec(object, reader);
  const taking = { read, isPod: reader.isPod, place: reader.podSpec.join('.') };
  const reading = read(review.object);
  return imagesOf(review, reading, label === undefined ? taking : { ...taking, label });
}

type Places = Exclude<OtherKindReading, { readonly finding: Finding }>;

/** A kind of others: the pods that it describes are templates, as far as is known. */
function extractOther(review: ReviewRequest, table: KindTable): Extraction {
  const reading = readOtherKind(review, table);
  if ('finding' in reading) return only(review, [reading.finding]);
  const disagreement = namespaceProblem(review);
  if (disagreement !== undefined) return only(review, [disagreement]);
  const inside = ({ objects }: Places) => imagesOfObjects(objects, review, { readers: ENGINE_READERS, depth: 0, table });
  const read = (object: unknown): PodSpecReading => {
    const old = readOtherKind({ ...review, object }, table);
    return 'finding' in old ? readFoundPodSpecs([]) : withTexts(old, inside(old).places);
  };
  const nested = inside(reading);
  const taken = imagesOf(review, withTexts(reading, nested.places), { read, isPod: false, place: reading.specs[0]?.at ?? '' });
  const findings = [...reading.findings, ...nested.findings, ...taken.findings];
  const silent = findings.length + taken.artifacts.length === 0;
  const nothing = objectFinding('INPUT_NOT_JUDGED', '', { cause: 'the object names no image' });
  const extraction = { ...taken, findings: silent ? [nothing] : findings };
  // Each of its pods names secrets of its own; the account is that of the first.
  const scopes = reading.specs.map(({ spec }) => pullScope(review, spec));
  const pullSecrets = [...new Set(scopes.flatMap((scope) => scope.pullSecrets))].slice(0, MAX_SECRETS);
  return { ...extraction, scope: { ...extraction.scope, pullSecrets } };
}

/** Images of the pods, and those that texts name. */
function withTexts({ specs, texts }: Places, inObjects: PodSpecReading['places']): PodSpecReading {
  const reading = readFoundPodSpecs(specs);
  const places = [...reading.places, ...texts, ...inObjects];
  return { ...reading, places, overflow: reading.overflow || places.length + reading.problems.length > MAX_ARTIFACTS };
}

/** How the images of one object are taken. */
interface Taking {
  /** Reads the old object as the new one was read. */
  readonly read: (object: unknown) => PodSpecReading;
  readonly isPod: boolean;
  /** JSON path of its (first) PodSpec. */
  readonly place: string;
  /** The pod claims to be verified: then what stands unchanged is judged as well, unless the label stood there and nothing changes. */
  readonly label?: LabelOfPod;
}

function imagesOf(review: ReviewRequest, reading: PodSpecReading, { read, isPod, place, label }: Taking): Extraction {
  if (reading.overflow) {
    const detail = { expected: `at most ${MAX_ARTIFACTS} images`, found: 'more' };
    return only(review, [objectFinding('INPUT_TOO_MANY_ARTIFACTS', place, detail)]);
  }
  const findings: Finding[] = [...reading.problems];
  const artifacts: ArtifactRef[] = [];
  const isUnchanged = unchangedIn(review, read);
  const claims = label !== undefined && (label.isNew || !reading.places.every(isUnchanged));
  for (const one of reading.places) {
    const open = isPod ? undefined : placeholderIn(one);
    const stood = isUnchanged(one);
    const holder = holderOf(one, isPod);
    const result = open === undefined && (!stood || claims) ? imageArtifact(one.value, one.path, 'container', holder) : undefined;
    if (result?.ok === true) artifacts.push(stood ? { ...result.artifact, unchanged: true } : result.artifact);
    else {
      const said = result?.finding ?? open ?? objectFinding('INPUT_UNCHANGED', one.path, { artifact: String(one.value) });
      findings.push(holder === undefined ? said : { ...said, holder });
    }
  }
  return { artifacts, findings, scope: pullScope(review, reading.spec), ...(claims ? { label: label.claim } : {}) };
}

function named(review: ReviewRequest, artifacts: readonly ArtifactRef[]): Extraction {
  const { inputFindings: findings = [], question, namespace, name, user: requester } = review;
  const most = question === undefined ? MAX_ARTIFACTS : MOST_ASKED;
  const matter: Pick<Extraction, 'matter'> = question === undefined
    ? {}
    : { matter: { about: 'question', operation: 'CREATE', namespace, name, requester, question, usages: usagesOf(artifacts) } };
  if (artifacts.length <= most) return { artifacts, findings, scope: pullScope(review), ...matter };
  const detail = { expected: `at most ${most} artifacts`, found: String(artifacts.length) };
  return only(review, [objectFinding('INPUT_TOO_MANY_ARTIFACTS', '', detail)]);
}

function usagesOf(artifacts: readonly ArtifactRef[]): readonly Usage[] {
  return [...new Set(artifacts.map(({ usage }) => usage))];
}

function only(review: ReviewRequest, findings: readonly Finding[]): Extraction {
  return { artifacts: [], findings, scope: pullScope(review) };
}
