/** One object may not be read in two ways: resource, kind, version and namespace have to agree. */
import type { Finding } from '../domain/decision/finding.ts';
import { field, isObject } from '../text/json/fields.ts';
import type { GroupVersionKind, ReviewRequest } from '../domain/decision/review.ts';
import { objectFinding } from './finding.ts';
import type { KindReader } from './kubernetes/kind.ts';

/**
 * Checks that resource, kind and object speak of the same thing.
 *
 * The resource decides how an object is read, because the API server routes and stores by it; a request whose
 * kind, or whose object, says otherwise is refused rather than read in one of the two ways. An object without
 * `kind` and `apiVersion` does not disagree.
 */
export function kindProblem(review: ReviewRequest, reader: KindReader): Finding | undefined {
  if (review.kind.kind !== reader.kind || review.kind.group !== review.resource.group) {
    const expected = { group: review.resource.group, version: review.resource.version, kind: reader.kind };
    return mismatch('request.kind', describe(expected), describe(review.kind));
  }
  return objectKindProblem(review.object, review.kind);
}

/** Checks `apiVersion` and `kind` of an object against the kind that the request names. */
export function objectKindProblem(object: unknown, kind: GroupVersionKind): Finding | undefined {
  if (!isObject(object)) return undefined;
  const own = field(object, 'kind');
  if (own !== undefined && own !== kind.kind) return mismatch('kind', kind.kind, text(own));
  const version = field(object, 'apiVersion');
  const expected = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  return version === undefined || version === expected ? undefined : mismatch('apiVersion', expected, text(version));
}

/** The namespace of the request is the one that counts; an object that names another one is refused. */
export function namespaceProblem(review: ReviewRequest): Finding | undefined {
  const metadata = isObject(review.object) ? field(review.object, 'metadata') : undefined;
  const namespace = isObject(metadata) ? (field(metadata, 'namespace') ?? '') : '';
  if (namespace === '' || namespace === review.namespace) return undefined;
  return objectFinding('INPUT_NAMESPACE_MISMATCH', 'metadata.namespace', {
    expected: review.namespace || 'no namespace',
    found: text(namespace),
  });
}

function mismatch(path: string, expected: string, found: string): Finding {
  return objectFinding('INPUT_KIND_MISMATCH', path, { expected, found });
}

function describe(kind: GroupVersionKind): string {
  return `${kind.kind} of ${kind.group === '' ? 'core' : kind.group}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : `a value of type ${value === null ? 'null' : typeof value}`;
}
