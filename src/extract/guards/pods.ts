/** Pods of builds: those that name a run as owner or carry marks of an engine. For all others a look at their metadata is the whole cost. */
import type { PodMatter } from '../../domain/build/matter.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { WRITTEN_ON_PODS } from '../../domain/decision/verified.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';
import { metadataOf, newOwnersOf, ownerOf, textOf, textsOf } from '../build-base.ts';
import { podSettingsOf } from '../parts/pod-settings.ts';
import { podContainers } from './pod-parts.ts';
import { imagesReplaced } from './replaced-images.ts';

/** Kinds that run things for builds, of whichever engine. */
const RUNS: ReadonlySet<string> = new Set(['TaskRun', 'PipelineRun', 'CustomRun', 'Run', 'Workflow', 'BuildRun']);
/**
 * Subresources that carry the whole pod, and through which something can change that counts here: the API server takes new labels
 * with a status as well.
 */
const SUBRESOURCES: ReadonlySet<string> = new Set(['', 'ephemeralcontainers', 'status']);

/** What a status may change besides itself. */
const KEPT_WITH_STATUS = ['labels', 'annotations', 'ownerReferences'] as const;

/** The pod of a build that is made or changed; `undefined` for a pod of anything else, and for what changes nothing of interest. */
export function readPod(review: ReviewRequest): PodMatter | undefined {
  const { operation, subResource, object, oldObject } = review;
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || !SUBRESOURCES.has(subResource) || !isObject(object)) return undefined;
  const metadata = metadataOf(object);
  const before = operation === 'UPDATE' && isObject(oldObject) ? oldObject : undefined;
  const old = before === undefined ? {} : metadataOf(before);
  if (!isOfBuild(metadata) && !isOfBuild(old)) return undefined;
  if (subResource === 'status' && KEPT_WITH_STATUS.every((name) => sameValue(field(metadata, name), field(old, name)))) return undefined;
  const spec = field(object, 'spec');
  const owner = ownerOf(metadata);
  const newOwners = newOwnersOf(metadata, old);
  return {
    about: 'pod', operation, namespace: review.namespace, name: review.name || textOf(metadata, 'name'), requester: review.user,
    labels: textsOf(metadata, 'labels'),
    annotations: textsOf(metadata, 'annotations'),
    ...(owner === undefined ? {} : { owner }),
    ...(newOwners.length === 0 ? {} : { newOwners }),
    ...(before === undefined ? {} : { before: beforeOf(old) }),
    settings: podSettingsOf({ value: isObject(spec) ? spec : {}, path: 'spec' }, { labels: textsOf(metadata, 'labels') }, []),
    containers: isObject(spec) ? podContainers(spec) : [],
    ...replacedOf(before, object),
  };
}

function isOfBuild(metadata: JsonObject): boolean {
  const owners = field(metadata, 'ownerReferences');
  if (Array.isArray(owners) && owners.some((owner) => isObject(owner) && RUNS.has(textOf(owner, 'kind')))) return true;
  return hasMark(field(metadata, 'labels')) || hasMark(field(metadata, 'annotations'));
}

function hasMark(map: unknown): boolean {
  if (!isObject(map)) return false;
  for (const key in map) if (isMark(key)) return true;
  return false;
}

/** Whether it lies in a domain of labels and annotations by which engines, Chains and Gatehouse know things. What is on any pod is none. */
function isMark(key: string): boolean {
  return key.startsWith('tekton.dev/') || key.startsWith('chains.tekton.dev/') || (key.startsWith('gatehouse.dev/') && !WRITTEN_ON_PODS.has(key))
    || key.startsWith('workflows.argoproj.io/');
}

function beforeOf(metadata: JsonObject): NonNullable<PodMatter['before']> {
  const owner = ownerOf(metadata);
  return {
    labels: textsOf(metadata, 'labels'), annotations: textsOf(metadata, 'annotations'),
    ...(owner === undefined ? {} : { owner }),
  };
}

function replacedOf(before: JsonObject | undefined, after: JsonObject): Pick<PodMatter, 'imagesReplaced'> {
  const replaced = before === undefined ? undefined : imagesReplaced(before, after);
  return replaced === undefined ? {} : { imagesReplaced: replaced };
}
