/** Tasks of other controllers: what is in them is theirs, but tasks, pipelines and pods in it are read as such. */
import { field } from '../../text/json/fields.ts';
import { podSpecsIn } from '../kubernetes/by-shape.ts';
import { readFoundPodSpecs } from '../kubernetes/pod-spec.ts';
import type { Book } from './book.ts';
import { report } from './book.ts';
import { unreadable } from '../finding.ts';
import { addImage } from './pod/image.ts';
import { EMPTY_SCOPE } from './parameters/scope.ts';
import type { Scope } from './parameters/value.ts';
import { structAt } from './place.ts';
import type { Place } from './place.ts';
import { asTask, readReference } from './reference/reference.ts';
import { readTask } from './task.ts';

/** What a custom task is. */
export interface CustomUse {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly usedBy?: string;
  /** Reads a pipeline in it. */
  readonly readPipeline: (spec: Place) => void;
}

/**
 * Writes a task of another controller down, with what can be read of its `spec`; gives the index of its definition. How that
 * controller puts values into images is not known, so that those with variables are deferred.
 */
export function readCustom(holder: Place, { apiVersion, kind, name, usedBy, readPipeline }: CustomUse, book: Book): number {
  const definition = book.definitions.push({
    kind: 'custom', form: 'custom', path: holder.path, apiVersion, customKind: kind, name: '', ...(usedBy === undefined ? {} : { usedBy }),
  }) - 1;
  const spec = structAt(holder, 'spec', book);
  if (spec === undefined) return definition;
  const taskSpec = structAt(spec, 'taskSpec', book) ?? (Array.isArray(field(spec.value, 'steps')) ? spec : undefined);
  if (taskSpec !== undefined) {
    const scopes = [EMPTY_SCOPE];
    readTask(taskSpec, { name, definition, labels: {}, annotations: {}, scopes, boundTo: (workspace) => workspace }, book);
  }
  const pipelineSpec = structAt(spec, 'pipelineSpec', book) ?? (Array.isArray(field(spec.value, 'tasks')) ? spec : undefined);
  if (pipelineSpec !== undefined) readPipeline(pipelineSpec);
  for (const kind of ['task', 'pipeline'] as const) {
    const reference = structAt(spec, `${kind}Ref`, book);
    if (reference !== undefined)
      readReference(reference, { ...asTask(name), kind, scope: EMPTY_SCOPE }, book);
  }
  readByShape(spec, name, EMPTY_SCOPE, book);
  return definition;
}

/** Reads the pods that a foreign object describes, by their shape. */
function readByShape(object: Place, task: string, scope: Scope, book: Book): void {
  const { places, problems } = readFoundPodSpecs(podSpecsIn(object.value));
  for (const found of problems) report(book, { ...found, path: under(object, found.path) });
  for (const { name, path, value } of places) {
    const where = under(object, path);
    const holder = `container ${name ?? ''}`.trimEnd();
    if (typeof value === 'string') addImage({ path: where, holder, task, usage: 'container', raw: value }, [scope], book);
    else report(book, unreadable(where, 'an image', value));
  }
}

function under({ path }: Place, member: string): string {
  return path === '' || member === '' ? path + member : `${path}.${member}`;
}
