/** Objects of Argo Workflows as builds: their spec, wherever the kind has it, and what is executed from their status. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { buildBase, textsOf } from '../build-base.ts';
import { unreadable } from '../finding.ts';
import { note, objectAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { memberOf } from '../parts/security.ts';
import type { EngineReader, EngineReading, NestedReaders } from '../reading.ts';
import { readSpec } from './spec.ts';
import type { ArgoKind } from './spec.ts';
import { checkNames } from './spelling.ts';
import { executedStatus, STORED, storedImages } from './stored.ts';

/** The reader of a kind. */
export function argoReader(kind: ArgoKind): EngineReader {
  return { kind: kind.kind, read: (review, nested = { readers: {}, depth: 0 }) => readObject(kind, review, nested) };
}

function readObject(kind: ArgoKind, review: ReviewRequest, nested: NestedReaders): EngineReading {
  const { operation, object, user: requester } = review;
  if (operation === 'CONNECT') return { images: [], problems: [] };
  const problems: Problems = [];
  const spec = isObject(object) ? specOf(object, kind, problems) : undefined;
  if (!isObject(object)) note(problems, unreadable('', 'an object', object));
  checkOuter(object, kind.spec, problems);
  const base = buildBase(review, 'argo', kind.role);
  const outer = isObject(object) && kind.role === 'schedule' ? memberOf(memberOf(object, 'spec'), 'workflowMetadata') : {};
  const executed = executedStatus(review);
  const read = spec === undefined ? undefined : readSpec(spec, { kind, review, nested, problems });
  // What comes with the status of a new object is executed like a spec; what the controller stores later came from judged templates.
  const stored = operation === 'CREATE' ? storedImages(review, nested, problems) : [];
  const images = [...(read?.images ?? []), ...stored];
  const request: BuildRequest = {
    ...base, ...withMetadataOf(base, outer), ...read, images, ...(executed.length === 0 ? {} : { executedStatus: executed }),
  };
  return { matter: { about: 'build', operation, namespace: request.namespace, name: request.name, requester, request }, images, problems };
}

/** The way to the workflow's spec, and what is executed of the status: names that Argo would take for these are refused beside them. */
export function checkOuter(object: unknown, [, inner]: readonly string[], problems: Problems): void {
  checkNames(object, '', ['metadata', 'spec', 'status'], problems);
  if (!isObject(object)) return;
  if (inner !== undefined) checkNames(field(object, 'spec'), 'spec', [inner, 'workflowMetadata'], problems);
  checkNames(field(object, 'status'), 'status', STORED, problems);
}

function specOf(object: JsonObject, { spec: path, isMap = false }: ArgoKind, problems: Problems): Placed<JsonObject> | undefined {
  let here = object;
  for (const [depth, name] of path.entries()) {
    const next = objectAt(here, name, path.slice(0, depth).join('.'), problems);
    if (next === undefined) {
      // A set without tasks is one; a workflow without a spec is none.
      const value = field(here, name);
      const place = path.slice(0, depth + 1).join('.');
      if (!isMap && (value === undefined || value === null)) note(problems, unreadable(place, 'an object', value));
      return undefined;
    }
    here = next;
  }
  return { value: here, path: path.join('.') };
}

/** Labels and annotations that a schedule gives to what it starts, with its own. */
export function withMetadataOf({ labels, annotations }: BuildRequest, metadata: JsonObject): Pick<BuildRequest, 'labels' | 'annotations'> {
  return { labels: { ...textsOf(metadata, 'labels'), ...labels }, annotations: { ...textsOf(metadata, 'annotations'), ...annotations } };
}
