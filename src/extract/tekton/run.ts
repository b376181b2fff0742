/** Runs: TaskRun and PipelineRun, as v1 and v1beta1 write them. */
import { field } from '../../text/json/fields.ts';
import { problem } from './book.ts';
import type { Book } from './book.ts';
import { contextOf } from './context.ts';
import { readDefaults } from './parameters/defaults.ts';
import { layered } from './parameters/scope.ts';
import { readParameters } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import { PLAIN, readPipelineResults } from './pipeline-use.ts';
import type { PipelineUse } from './pipeline-use.ts';
import { readPipeline } from './pipeline.ts';
import { at, structAt, structsAt } from './place.ts';
import type { Place } from './place.ts';
import { readReference } from './reference/reference.ts';
import { addAccount, addPods, nameOf, ownMetadata, readGiven, readTaskSettings } from './run-settings.ts';
import { readResults, readTask } from './task.ts';

/** Reads one kind of object into the book; `outer` has what the object that holds it gives (a TriggerTemplate). */
export type ObjectReader = (object: Place, outer: Scope, book: Book) => void;

const asIs = (workspace: string): string => workspace;

/** Reads a TaskRun. One without a task starts nothing: Tekton refuses it. */
export function readTaskRun(object: Place, outer: Scope, book: Book): void {
  const spec = structAt(object, 'spec', book);
  const name = nameOf(object);
  if (spec === undefined) return;
  const contexts = contextOf({ taskRun: name, task: name, namespace: book.namespace }, outer);
  const given = readGiven(spec, contexts, book);
  const reference = structAt(spec, 'taskRef', book);
  const use = { kind: 'task', task: '', holder: 'the run', scope: layered([given], ['params'], contexts), custom: false } as const;
  if (reference !== undefined) readReference(reference, use, book);
  const taskSpec = structAt(spec, 'taskSpec', book);
  if (taskSpec !== undefined) {
    const declared = readParameters(structsAt(taskSpec, 'params', book), 'default', book);
    const defaults = readDefaults({ declared, given, ofTask: true }, book);
    const scopes = [layered([given, defaults], ['params', 'inputs'], contexts)];
    const definition = book.definitions.push({ form: 'inline', kind: 'task', path: taskSpec.path, content: taskSpec.value }) - 1;
    readTask(taskSpec, { name, definition, ...ownMetadata(object), scopes, boundTo: asIs, asked: true }, book);
    book.results.push(...readResults(taskSpec, book).map(({ name: result, path, type }) => ({ name: result, path, type })));
  }
  addAccount(spec, 'serviceAccountName', book);
  addPods(spec, ['podTemplate'], undefined, use.scope, book);
  const debug = field(spec.value, 'debug');
  if (debug !== undefined && debug !== null) book.counts.debug = at(spec, 'debug');
}

/** What only one version of a PipelineRun has: in the other it counts for nothing, and would be taken for an account that is named. */
const [OF_V1, OF_V1BETA1] = [['taskRunTemplate'], ['serviceAccountName', 'podTemplate']] as const;

/** Reads a PipelineRun, as v1 and v1beta1 write it. */
export function readPipelineRun(object: Place, outer: Scope, book: Book): void {
  const spec = structAt(object, 'spec', book);
  const name = nameOf(object);
  if (spec === undefined) return;
  const contexts = contextOf({ pipelineRun: name, pipeline: name, namespace: book.namespace }, outer);
  const given = readGiven(spec, contexts, book);
  const scope = layered([given], ['params'], contexts);
  const settings = readTaskSettings(spec, scope, book);
  const reference = structAt(spec, 'pipelineRef', book);
  if (reference !== undefined) readReference(reference, { kind: 'pipeline', task: '', holder: 'the run', scope, custom: false }, book);
  const pipelineSpec = structAt(spec, 'pipelineSpec', book);
  if (pipelineSpec !== undefined) {
    book.definitions.push({ form: 'inline', kind: 'pipeline', path: pipelineSpec.path, content: pipelineSpec.value });
    const use: PipelineUse = { ...PLAIN, given, contexts, settings: (task) => settings.get(task), asked: true };
    readPipeline(pipelineSpec, use, book);
    book.results.push(...readPipelineResults(pipelineSpec, book));
  }
  for (const member of book.version === 'v1' ? OF_V1BETA1 : OF_V1) {
    const value = field(spec.value, member);
    if (value !== undefined && value !== null)
      problem(book, 'INPUT_OBJECT_UNREADABLE', at(spec, member), { expected: `what ${book.version} has in its place` });
  }
  const template = structAt(spec, 'taskRunTemplate', book);
  for (const holder of template === undefined ? [spec] : [spec, template]) {
    addAccount(holder, 'serviceAccountName', book);
    addPods(holder, ['podTemplate'], undefined, scope, book);
  }
}
