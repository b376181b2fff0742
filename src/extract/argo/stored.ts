/** Templates in the status of a workflow, which are executed as those in its spec are. */
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';
import { objectAt } from '../parts/look.ts';
import type { Problems } from '../parts/look.ts';
import type { NestedReaders } from '../reading.ts';
import type { FieldReader } from './images.ts';
import { readImages } from './spec.ts';
import { checkSpelling } from './spelling.ts';
import { templatesIn, templatesOf } from './templates.ts';

/** Fields of a status from which templates are executed; the kind has no status subresource, so they come with any request. */
export const STORED = ['storedTemplates', 'storedWorkflowTemplateSpec'] as const;

/** Every image of the templates that are stored in the object's status. */
export function storedImages(review: ReviewRequest, nested: NestedReaders, problems: Problems): FieldReader['images'] {
  const status = isObject(review.object) ? field(review.object, 'status') : undefined;
  if (!isObject(status)) return [];
  const around = { kind: { kind: 'Workflow', role: 'run', spec: [] } as const, review, nested, problems };
  const map = objectAt(status, 'storedTemplates', 'status', problems);
  const spec = objectAt(status, 'storedWorkflowTemplateSpec', 'status', problems);
  const placed = spec === undefined ? undefined : { value: spec, path: 'status.storedWorkflowTemplateSpec' };
  const nothing = { value: {}, path: 'status.storedTemplates' };
  checkSpelling(map, 'status.storedTemplates', problems, true);
  checkSpelling(spec, 'status.storedWorkflowTemplateSpec', problems);
  return [
    ...(map === undefined ? [] : readImages(nothing, templatesIn(map, nothing.path, problems), around).reader.images),
    ...(placed === undefined ? [] : readImages(placed, templatesOf(placed.value, placed.path, problems), around).reader.images),
  ];
}

/** Executed fields of the status that a request sets or changes. */
export function executedStatus({ operation, object, oldObject }: ReviewRequest): readonly string[] {
  const stored = (of: unknown, name: string): unknown => {
    const status = isObject(of) ? field(of, 'status') : undefined;
    const value = isObject(status) ? field(status, name) : undefined;
    return value === null || (isObject(value) && Object.keys(value).length === 0) ? undefined : value;
  };
  const before = operation === 'UPDATE' ? oldObject : undefined;
  return STORED.filter((name) => !sameValue(stored(object, name), stored(before, name))).map((name) => `status.${name}`);
}
