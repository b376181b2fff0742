/** Resources of ours: which requests are about one, and what it is called. */
import type { ReviewRequest } from '../domain/decision/review.ts';
import { OWN_GROUP, OWN_KINDS, ownAnnotations } from '../domain/own-kinds.ts';
import type { OwnKindName } from '../domain/own-kinds.ts';
import { isObject, own, ownText } from '../text/json/fields.ts';

/** Kinds by the name of their resource. */
const BY_RESOURCE: ReadonlyMap<string, OwnKind> = new Map(OWN_KINDS.map(({ plural, kind }) => [plural, kind]));

/** A kind of ours. */
export type OwnKind = OwnKindName;

/** The kind of ours that a request of the API server is about; `undefined` for everything else, and for status and the like. */
export function ownKindOf({ surface, resource, subResource }: ReviewRequest): OwnKind | undefined {
  if (resource.group !== OWN_GROUP || surface !== 'webhook' || subResource !== '') return undefined;
  return BY_RESOURCE.get(resource.resource);
}

/** What a resource is called in messages, and as a document: `ArtifactPolicy shop/ours`. */
export function documentName(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** The request with the name that its object has: of one that is made from `generateName` the request itself has none. */
export function named(review: ReviewRequest): ReviewRequest {
  if (review.name !== '' || review.operation !== 'CREATE') return review;
  const made = ownText(own(review.object, 'metadata'), 'name') ?? '';
  return { ...review, name: made === '' && review.namedLike !== undefined ? `${review.namedLike}x` : made };
}

/**
 * What of a resource is its document, as it is read from the API server: the head of it, our annotations and everything that an author
 * writes beside it. Whatever the API server, a controller or kubectl adds is left out; fields that nobody knows stay.
 */
export function documentOf(object: unknown, name: string): unknown {
  if (!isObject(object)) return object;
  const { metadata, status: _status, ...rest } = object;
  const { namespace, annotations: written } = isObject(metadata) ? metadata : {};
  const annotations = isObject(written) ? ownAnnotations(written) : undefined;
  return {
    ...rest,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(annotations === undefined ? {} : { annotations }) },
  };
}
