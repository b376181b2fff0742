/** Runs: TaskRun, PipelineRun, and those of other controllers' tasks (CustomRun, Run). */
import type { PodSettings } from '../../domain/build/task.ts';
import { field } from '../../text/json/fields.ts';
import { textOf, textsOf } from '../build-base.ts';
import type { Book } from './book.ts';
import { contextOf } from './context.ts';
import { readCustom } from './custom.ts';
import { addGiven, addValueTexts } from './given.ts';
import { readDefaults } from './parameters/defaults.ts';
import { EMPTY_SCOPE, layered } from './parameters/scope.ts';
import type { Values } from './parameters/scope.ts';
import { evaluate, readParameters } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import { PLAIN, readPipeline, readPipelineResults } from './pipeline.ts';
import type { PipelineUse, TaskSettings } from './pipeline.ts';
import { at, structAt, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';
import { metadataIn, plainSettings, readBindings, readPodTemplate } from './pod.ts';
import { readReference } from './reference/reference.ts';
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
    readTask(taskSpec, { name, definition, ...ownMetadata(object), scopes, boundTo: asIs }, book);
    book.results.push(...readResults(taskSpec, book).map((result) => ({ name: result.name, path: result.path })));
  }
  addAccount(spec, 'serviceAccountName', book);
  addPods(spec, ['podTemplate'], undefined, use.scope, book);
  const debug = field(spec.value, 'debug');
  if (debug !== undefined && debug !== null) book.counts.debug = at(spec, 'debug');
}

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
    const use: PipelineUse = { prefix: '', depth: 1, given, contexts, boundTo: asIs, settings: (task) => settings.get(task), asked: true };
    readPipeline(pipelineSpec, use, book);
    book.results.push(...readPipelineResults(pipelineSpec, book));
  }
  const template = structAt(spec, 'taskRunTemplate', book);
  for (const holder of template === undefined ? [spec] : [spec, template]) {
    addAccount(holder, 'serviceAccountName', book);
    addPods(holder, ['podTemplate'], undefined, scope, book);
  }
}

/** Reads a CustomRun (v1beta1) or Run (v1alpha1). */
export function readCustomRun(object: Place, outer: Scope, book: Book): void {
  const spec = structAt(object, 'spec', book);
  if (spec === undefined) return;
  readGiven(spec, outer, book);
  for (const member of ['customRef', 'ref']) {
    const reference = structAt(spec, member, book);
    if (reference === undefined) continue;
    const [apiVersion, customKind] = [textAt(reference, 'apiVersion', book), textAt(reference, 'kind', book)];
    const name = textAt(reference, 'name', book);
    book.definitions.push({ kind: 'custom', form: 'custom', path: reference.path, apiVersion, customKind, name });
  }
  for (const member of ['customSpec', 'spec']) {
    const inner = structAt(spec, member, book);
    if (inner === undefined) continue;
    const use: PipelineUse = { ...PLAIN, contexts: outer, asked: true };
    const about = { apiVersion: textAt(inner, 'apiVersion', book), kind: textAt(inner, 'kind', book), name: nameOf(object) };
    readCustom(inner, { ...about, readPipeline: (pipeline) => readPipeline(pipeline, use, book) }, book);
  }
  addAccount(spec, 'serviceAccountName', book);
  addPods(spec, ['podTemplate'], undefined, EMPTY_SCOPE, book);
}

/** Values of `params`; each is written down as what the request sets. */
function readGiven(spec: Place, contexts: Scope, book: Book): Values {
  const params = readParameters(structsAt(spec, 'params', book), 'value', book);
  addValueTexts(params, 'value', book);
  addGiven(params, contexts, book);
  return new Map(params.flatMap(({ name, raw }) => (raw === undefined ? [] : [[name, evaluate(raw, contexts, book.budget)]])));
}

/** What a PipelineRun says about single tasks: `taskRunSpecs` in both versions, `serviceAccountNames` of old. */
function readTaskSettings(spec: Place, scope: Scope, book: Book): ReadonlyMap<string, TaskSettings> {
  const found = new Map<string, TaskSettings>();
  const none: TaskSettings = { labels: {}, annotations: {} };
  for (const entry of structsAt(spec, 'serviceAccountNames', book)) {
    const account = addAccount(entry, 'serviceAccountName', book);
    found.set(textAt(entry, 'taskName', book), { ...none, ...(account === '' ? {} : { account }) });
  }
  for (const entry of structsAt(spec, 'taskRunSpecs', book)) {
    const task = textAt(entry, 'pipelineTaskName', book);
    const account = addAccount(entry, 'serviceAccountName', book) || addAccount(entry, 'taskServiceAccountName', book);
    const metadata = metadataIn(entry, book);
    addPods(entry, ['podTemplate', 'taskPodTemplate'], task, scope, book);
    if (Object.keys(metadata.labels).length + Object.keys(metadata.annotations).length > 0)
      book.pods.push({ ...plainSettings(at(entry, 'metadata')), task, ...metadata });
    found.set(task, { ...found.get(task), ...metadata, ...(account === '' ? {} : { account }) });
  }
  return found;
}

function addAccount(place: Place, member: string, book: Book): string {
  const name = textAt(place, member, book);
  if (name !== '') book.accounts.push({ name, path: at(place, member) });
  return name;
}

function addPods(place: Place, members: readonly string[], task: string | undefined, scope: Scope, book: Book): void {
  const add = (settings: PodSettings | undefined): void => {
    if (settings !== undefined) book.pods.push(settings);
    const account = settings?.serviceAccount;
    if (account !== undefined) book.accounts.push({ name: account, path: `${settings?.path ?? ''}.serviceAccountName` });
  };
  for (const member of members) {
    const template = structAt(place, member, book);
    if (template !== undefined) add(readPodTemplate(template, task, scope, book));
  }
  if (task === undefined) add(readBindings(place, book));
}

/** Name of an object, empty where it is made from `generateName` and not known yet. */
export function nameOf(object: Place): string {
  const metadata = field(object.value, 'metadata');
  return typeof metadata === 'object' && metadata !== null ? textOf(metadata as Place['value'], 'name') : '';
}

/** Labels and annotations of an object, which its pods get. */
export function ownMetadata(object: Place): Pick<TaskSettings, 'labels' | 'annotations'> {
  const metadata = field(object.value, 'metadata');
  const own = typeof metadata === 'object' && metadata !== null ? (metadata as Place['value']) : {};
  return { labels: textsOf(own, 'labels'), annotations: textsOf(own, 'annotations') };
}
