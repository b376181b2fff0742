/** Reading of an object what a patch has to know of it. */
import type { Mutable, MutableLabels } from '../domain/decision/mutable.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { GENERATION_ANNOTATION, VERIFIED_LABEL } from '../domain/decision/verified.ts';
import { isObject, own, ownList } from '../text/json/fields.ts';

/** What a server changes of objects. */
export interface MutationSettings {
  /** Whose tags become digests; `templates` means pods as well. */
  readonly pinTags: 'none' | 'pods' | 'templates';
  /** Whether the label is set and removed. */
  readonly label: boolean;
}

/** Ways to a pod through which an image comes in; through all others nothing is changed. */
const OF_PODS: ReadonlySet<string> = new Set(['', 'ephemeralcontainers']);

/** Kinds with a template whose tags are pinned on request; definitions and runs of builds are never changed: their pods are. */
const TEMPLATES: ReadonlySet<string> = new Set([
  '/podtemplates', '/replicationcontrollers', 'apps/deployments', 'apps/replicasets', 'apps/statefulsets', 'apps/daemonsets',
  'batch/jobs', 'batch/cronjobs',
]);

/** What may be changed of the object of a request, and what its metadata has; `undefined` where nothing may. */
export function mutableOf(review: ReviewRequest, { pinTags, label }: MutationSettings): Mutable | undefined {
  const { resource: { group, resource }, subResource, operation, object } = review;
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || !isObject(object)) return undefined;
  if (group === '' && resource === 'pods') {
    if (!OF_PODS.has(subResource)) return undefined;
    const labels = label && subResource === '' ? labelsOf(object, operation === 'CREATE') : undefined;
    if (pinTags === 'none' && labels === undefined) return undefined;
    return { pins: pinTags !== 'none', ...(labels === undefined ? {} : { labels }) };
  }
  const isTemplate = subResource === '' && TEMPLATES.has(`${group}/${resource}`);
  return pinTags === 'templates' && isTemplate && !isControlled(object) ? { pins: true } : undefined;
}

/**
 * Whether a controller made the object and goes by what it asked for: a Deployment that does not find its template in its ReplicaSet
 * makes another one, without end. Whoever claims a controller has nothing pinned but the pods, which is what runs.
 */
function isControlled(object: unknown): boolean {
  return (ownList(own(object, 'metadata'), 'ownerReferences') ?? []).some((owner) => own(owner, 'controller') === true);
}

function labelsOf(object: unknown, sets: boolean): MutableLabels | undefined {
  const metadata = own(object, 'metadata');
  if (!isObject(metadata)) return undefined;
  const [labels, annotations] = [own(metadata, 'labels'), own(metadata, 'annotations')];
  const [label, generation] = [textAt(labels, VERIFIED_LABEL), textAt(annotations, GENERATION_ANNOTATION)];
  return {
    sets,
    hasLabels: isObject(labels),
    hasAnnotations: isObject(annotations),
    ...(label === undefined ? {} : { label }),
    ...(generation === undefined ? {} : { generation }),
  };
}

function textAt(map: unknown, name: string): string | undefined {
  const value = own(map, name);
  return value === undefined || typeof value === 'string' ? value : '';
}
