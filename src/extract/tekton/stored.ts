/** Definitions that are stored for runs to come: Task, ClusterTask, Pipeline and StepAction. */
import { addText, problem } from './book.ts';
import type { Book } from './book.ts';
import { contextOf } from './context.ts';
import { addValueTexts } from './given.ts';
import { addImage } from './pod/image.ts';
import { readDefaults } from './parameters/defaults.ts';
import { layered } from './parameters/scope.ts';
import { readParameters } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import { PLAIN, readPipelineResults } from './pipeline-use.ts';
import { readPipeline } from './pipeline.ts';
import { at, structAt, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';
import { nameOf, ownMetadata } from './run-settings.ts';
import { readContainer } from './pod/container.ts';
import { readResults, readTask } from './task.ts';

/** Reads a Task or ClusterTask. */
export function readTaskObject(object: Place, outer: Scope, book: Book): void {
  const definition = book.definitions.push({ form: 'self', kind: 'task', path: object.path, object: object.value }) - 1;
  const spec = specOf(object, book);
  if (spec === undefined) return;
  const scopes = [scopeOf(spec, contextOf({ task: nameOf(object), namespace: '' }, outer), book)];
  readTask(spec, { name: nameOf(object), definition, ...ownMetadata(object), scopes, boundTo: (workspace) => workspace }, book);
  book.results.push(...readResults(spec, book).map(({ name, path, type }) => ({ name, path, type })));
}

/** Reads a Pipeline. */
export function readPipelineObject(object: Place, outer: Scope, book: Book): void {
  book.definitions.push({ form: 'self', kind: 'pipeline', path: object.path, object: object.value });
  const spec = specOf(object, book);
  if (spec === undefined) return;
  const contexts = contextOf({ pipeline: nameOf(object), namespace: '' }, outer);
  readPipeline(spec, { ...PLAIN, contexts }, book);
  book.results.push(...readPipelineResults(spec, book));
}

/** Reads a StepAction: one step, which is told as a task of one. */
export function readStepAction(object: Place, outer: Scope, book: Book): void {
  const definition = book.definitions.push({ form: 'self', kind: 'stepAction', path: object.path, object: object.value }) - 1;
  const spec = specOf(object, book);
  if (spec === undefined) return;
  const name = nameOf(object);
  const scopes = [scopeOf(spec, outer, book)];
  const step = readContainer(spec, { holder: `step action ${name}`, scopes }, book);
  const path = at(spec, 'image');
  if (step.image === '') problem(book, 'INPUT_OBJECT_UNREADABLE', path, { expected: 'an image' });
  else addImage({ path, holder: step.holder, task: name, usage: 'buildStep', raw: step.image }, scopes, book);
  const parameters = readParameters(structsAt(spec, 'params', book), 'default', book);
  addValueTexts(parameters, 'default', book);
  addText(book, textAt(spec, 'description', book), at(spec, 'description'));
  book.tasks.push({
    name, path: spec.path, definition, ...ownMetadata(object), steps: [step], sidecars: [], volumes: [], workspaces: [],
    results: readResults(spec, book),
    parameters: parameters.map((parameter) => ({ name: parameter.name, path: parameter.path })),
  });
}

function specOf(object: Place, book: Book): Place | undefined {
  const spec = structAt(object, 'spec', book);
  if (spec === undefined) problem(book, 'INPUT_OBJECT_UNREADABLE', at(object, 'spec'), { expected: 'an object' });
  return spec;
}

/** What variables come to when nobody gives another value than the default. */
function scopeOf(spec: Place, contexts: Scope, book: Book): Scope {
  const declared = readParameters(structsAt(spec, 'params', book), 'default', book);
  const defaults = readDefaults({ declared, given: new Map(), ofTask: true }, book);
  return layered([defaults], ['params', 'inputs'], contexts);
}
