/** A struct of Tekton's API in the object, with its path: read as Go reads it, and what Go would read otherwise is a problem. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { unreadable } from '../finding.ts';
import type { Book } from './book.ts';
import { problem, report } from './book.ts';

/** An object in the object, and where it stands. */
export interface Place {
  readonly value: JsonObject;
  readonly path: string;
}

/**
 * Fields by which it is decided what runs. Go's decoder takes `Image` for `image`, so that Tekton's conversion between versions
 * turns one into the other: what is spelled so is read as what it becomes, and refused where the right spelling stands beside it.
 */
const DECIDING: readonly string[] = [
  'image', 'steps', 'stepTemplate', 'sidecars', 'volumes', 'reference', 'tasks', 'finally', 'taskSpec', 'taskRef', 'pipelineSpec',
  'pipelineRef', 'ref', 'resolver', 'bundle', 'params', 'value', 'default', 'name', 'kind', 'apiVersion', 'spec', 'podTemplate',
  'taskPodTemplate', 'taskRunTemplate', 'taskRunSpecs', 'serviceAccountName', 'taskServiceAccountName', 'securityContext',
  'privileged', 'env', 'envFrom', 'script', 'command', 'args', 'matrix', 'include', 'when', 'onError', 'runAfter', 'workspaces',
  'volumeMounts', 'mountPath', 'hostPath', 'hostNetwork', 'hostPID', 'hostIPC', 'debug', 'results', 'metadata', 'customRef',
  'customSpec', 'resourcetemplates', 'pipelineTaskName', 'initContainers', 'containers', 'serviceAccountNames', 'taskName', 'workspace',
  'ports', 'volumeDevices', 'devicePath', 'automountServiceAccountToken', 'runtimeClassName', 'hostUsers', 'hostAliases', 'dnsConfig',
  'dnsPolicy', 'schedulerName', 'priorityClassName', 'shareProcessNamespace', 'properties', 'readOnly', 'retries', 'labels', 'annotations',
];
const EXACT: ReadonlySet<string> = new Set(DECIDING);
const FOLDED: ReadonlyMap<string, string> = new Map(DECIDING.map((name) => [folded(name), name]));

/** A name as Go compares names: also `ſ` is an `s`, and the sign for kelvin a `k`. */
export function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** A member that is a struct; absent and `null` are none, anything else is a problem. */
export function structAt(parent: Place, name: string, book: Book): Place | undefined {
  const value = field(parent.value, name);
  return value === undefined || value === null ? undefined : asPlace(value, at(parent, name), book);
}

/** A value that has to be a struct. */
export function asPlace(value: unknown, path: string, book: Book): Place | undefined {
  if (!isObject(value)) {
    problemAt(path, 'an object', value, book);
    return undefined;
  }
  let read = value;
  for (const name of Object.keys(value)) {
    if (EXACT.has(name)) continue;
    const meant = FOLDED.get(folded(name));
    if (meant === undefined) continue;
    if (Object.hasOwn(read, meant)) problem(book, 'INPUT_OBJECT_UNREADABLE', `${path}.${name}`, { expected: meant, found: name });
    else read = { ...read, [meant]: value[name] };
  }
  return { value: read, path };
}

/** A member that is a list; absent and `null` are an empty one. */
export function listAt(parent: Place, name: string, book: Book): readonly unknown[] {
  const value = field(parent.value, name);
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly unknown[];
  problemAt(at(parent, name), 'a list', value, book);
  return [];
}

/** A member that is a list of structs, each with its path. */
export function structsAt(parent: Place, name: string, book: Book): readonly Place[] {
  return listAt(parent, name, book).flatMap((item, index) => asPlace(item, `${at(parent, name)}[${index}]`, book) ?? []);
}

/** A member that is text; absent and `null` are the empty text. */
export function textAt(parent: Place, name: string, book: Book): string {
  const value = field(parent.value, name);
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  problemAt(at(parent, name), 'a text', value, book);
  return '';
}

/** A member that is a list of texts. */
export function textsAt(parent: Place, name: string, book: Book): readonly string[] {
  return listAt(parent, name, book).flatMap((item, index) => {
    if (typeof item === 'string') return [item];
    problemAt(`${at(parent, name)}[${index}]`, 'a text', item, book);
    return [];
  });
}

/** JSON path of a member. */
export function at(parent: Place, name: string): string {
  return parent.path === '' ? name : `${parent.path}.${name}`;
}

function problemAt(path: string, expected: string, value: unknown, book: Book): void {
  report(book, unreadable(path, expected, value));
}
