/** What runs of Tekton say beside what they run: parameters, accounts, pod templates, and settings of single tasks. */
import type { PodSettings } from '../../domain/build/task.ts';
import { metadataOf, textOf, textsOf } from '../build-base.ts';
import type { Book } from './book.ts';
import { addGiven, addValueTexts } from './given.ts';
import type { Values } from './parameters/scope.ts';
import { evaluate, readParameters } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import type { TaskSettings } from './pipeline-use.ts';
import { at, structAt, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';
import { metadataIn, plainSettings, readBindings, readPodTemplate } from './pod/pod.ts';

/** Values of `params`; each is written down as what the request sets. */
export function readGiven(spec: Place, contexts: Scope, book: Book): Values {
  const params = readParameters(structsAt(spec, 'params', book), 'value', book);
  addValueTexts(params, 'value', book);
  addGiven(params, contexts, book);
  return new Map(params.flatMap(({ name, raw }) => (raw === undefined ? [] : [[name, evaluate(raw, contexts, book.budget)]])));
}

/** What a PipelineRun says about single tasks: `taskRunSpecs` in both versions, `serviceAccountNames` of old. */
export function readTaskSettings(spec: Place, scope: Scope, book: Book): ReadonlyMap<string, TaskSettings> {
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

/** Writes down the account that a member names, and gives its name; empty where there is none. */
export function addAccount(place: Place, member: string, book: Book): string {
  const name = textAt(place, member, book);
  if (name !== '') book.accounts.push({ name, path: at(place, member) });
  return name;
}

/** Writes down pod templates, with their accounts, and the volumes behind the workspaces of a run. */
export function addPods(place: Place, members: readonly string[], task: string | undefined, scope: Scope, book: Book): void {
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
  return textOf(metadataOf(object.value), 'name');
}

/** Labels and annotations of an object, which its pods get. */
export function ownMetadata(object: Place): Pick<TaskSettings, 'labels' | 'annotations'> {
  const metadata = metadataOf(object.value);
  return { labels: textsOf(metadata, 'labels'), annotations: textsOf(metadata, 'annotations') };
}
