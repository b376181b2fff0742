/** From a request to the artifacts it would let in; an object with pods never comes out of here with nothing said. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { imageArtifact } from '../domain/artifact/image-artifact.ts';
import type { Extraction, ReviewRequest } from '../domain/decision/review.ts';
import { kindProblem, namespaceProblem } from './agreement.ts';
import { buildRequestOf } from './build-request.ts';
import { BATCH_KINDS } from './kubernetes/batch.ts';
import { objectFinding } from './finding.ts';
import type { KindReader, KindReaders } from './kubernetes/kind.ts';
import { isMirrorPod } from './kubernetes/mirror-pod.ts';
import { notJudged } from './kubernetes/not-judged.ts';
import { judgeOtherKind } from './kubernetes/other-kind.ts';
import { MAX_ARTIFACTS, readPodSpec } from './kubernetes/pod-spec.ts';
import type { ImagePlace } from './kubernetes/pod-spec.ts';
import { CORE_KINDS } from './kubernetes/pods.ts';
import { pullScope } from './scope.ts';
import type { UnchangedTest } from './kubernetes/unchanged.ts';
import { unchangedIn } from './kubernetes/unchanged.ts';
import { WORKLOAD_KINDS } from './kubernetes/workloads.ts';

/** Every kind that is read. A new kind is a line in one of these records. */
export const KIND_READERS: KindReaders = { ...CORE_KINDS, ...WORKLOAD_KINDS, ...BATCH_KINDS };

/**
 * Finds the artifacts that a request would let in, each with its place in the object.
 *
 * The same image at several places gives one artifact per place. What needs no judging (DELETE, an image that
 * stands unchanged, a mirror pod) and what cannot be read gives findings; an object of a kind with pods never
 * comes out with neither. Pure: nothing is looked up, and the artifacts are named but not resolved.
 */
export function extract(review: ReviewRequest): Extraction {
  if (review.artifacts !== undefined) return named(review, review.artifacts);
  const skipped = notJudged(review);
  if (skipped !== undefined) return only(review, [skipped]);
  const reader = readerOf(review);
  if (reader === undefined) return withBuild(only(review, [judgeOtherKind(review)]), review);
  const disagreements = [kindProblem(review, reader), namespaceProblem(review)].filter((problem) => problem !== undefined);
  if (disagreements.length > 0) return only(review, disagreements);
  if (reader.isPod && isMirrorPod(review)) return only(review, [objectFinding('INPUT_MIRROR_POD', '')]);
  return extractImages(review, reader);
}

/** The resource alone decides how an object is read, whatever the request and the object call themselves. */
function readerOf(review: ReviewRequest): KindReader | undefined {
  const key = `${review.resource.group}/${review.resource.resource}`;
  return Object.hasOwn(KIND_READERS, key) ? KIND_READERS[key] : undefined;
}

function extractImages(review: ReviewRequest, reader: KindReader): Extraction {
  const reading = readPodSpec(review.object, reader);
  if (reading.overflow) {
    const detail = { expected: `at most ${MAX_ARTIFACTS} images`, found: 'more' };
    return only(review, [objectFinding('INPUT_TOO_MANY_ARTIFACTS', reader.podSpec.join('.'), detail)]);
  }
  const findings: Finding[] = [...reading.problems];
  const artifacts = takeImages(reading.places, unchangedIn(review, reader), findings);
  return { artifacts, findings, scope: pullScope(review, reading.spec) };
}

function takeImages(places: readonly ImagePlace[], isUnchanged: UnchangedTest, findings: Finding[]): readonly ArtifactRef[] {
  const artifacts: ArtifactRef[] = [];
  for (const place of places) {
    if (isUnchanged(place)) {
      findings.push(objectFinding('INPUT_UNCHANGED', place.path, { artifact: String(place.value) }));
      continue;
    }
    const result = imageArtifact(place.value, place.path, 'container');
    if (result.ok) artifacts.push(result.artifact);
    else findings.push(result.finding);
  }
  return artifacts;
}

/** Adds the build that the request starts, if it starts one. */
function withBuild(extraction: Extraction, review: ReviewRequest): Extraction {
  const request = buildRequestOf(review);
  return request === undefined ? extraction : { ...extraction, request };
}

function named(review: ReviewRequest, artifacts: readonly ArtifactRef[]): Extraction {
  const findings = review.inputFindings ?? [];
  if (artifacts.length <= MAX_ARTIFACTS) return { artifacts, findings, scope: pullScope(review) };
  const detail = { expected: `at most ${MAX_ARTIFACTS} artifacts`, found: String(artifacts.length) };
  return only(review, [objectFinding('INPUT_TOO_MANY_ARTIFACTS', '', detail)]);
}

function only(review: ReviewRequest, findings: readonly Finding[]): Extraction {
  return { artifacts: [], findings, scope: pullScope(review) };
}
