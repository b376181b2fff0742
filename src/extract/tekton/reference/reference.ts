/** References to Tasks, Pipelines and StepActions: which definition is meant, and where it comes from. */
import type { DefinitionKind, DefinitionSource, DefinitionUse } from '../../../domain/build/definition.ts';
import type { BuildImage } from '../../../domain/build/image.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import { problem } from '../book.ts';
import type { Book } from '../book.ts';
import { evaluate, readParameters } from '../parameters/value.ts';
import type { RawParameter, Scope, Value } from '../parameters/value.ts';
import { isDeferred, substitute } from '../parameters/variables.ts';
import type { DeferredText, Text } from '../parameters/variables.ts';
import { at, structsAt, textAt } from '../place.ts';
import type { Place } from '../place.ts';
import { readSource } from './source.ts';

/** What uses the definition. */
export interface ReferenceUse {
  readonly kind: 'task' | 'pipeline' | 'stepAction';
  /** Name of the task or step; absent where the object as a whole uses it. */
  readonly usedBy?: string;
  /** Task that it is in; empty where there is none. */
  readonly task: string;
  /** How messages call what uses it: `task build`. */
  readonly holder: string;
  readonly scope: Scope;
  /** Only the tasks of a pipeline may be of kinds that other controllers run. */
  readonly custom: boolean;
}

/** What uses a definition as a task of a pipeline. */
export function asTask(task: string): Pick<ReferenceUse, 'usedBy' | 'task' | 'holder' | 'custom'> {
  return { usedBy: task, task, holder: `task ${task}`, custom: true };
}

interface Named {
  readonly name: string;
}

const RESOURCES = { task: 'tasks', pipeline: 'pipelines', stepAction: 'stepactions' } as const;

/** Reads `taskRef`, `pipelineRef` or the `ref` of a step: writes the definition down, and a bundle as image too; gives its index. */
export function readReference(reference: Place, use: ReferenceUse, book: Book): number {
  const definition = definitionOf(reference, use, book);
  return book.definitions.push(definition) - 1;
}

function definitionOf(reference: Place, use: ReferenceUse, book: Book): DefinitionUse {
  const name = textAt(reference, 'name', book);
  const [kind, apiVersion] = [textAt(reference, 'kind', book), textAt(reference, 'apiVersion', book)];
  const used = usedAt(reference, use);
  if (use.custom && use.kind === 'task' && apiVersion !== '' && kind !== '')
    return { ...used, kind: 'custom', form: 'custom', apiVersion, customKind: kind, name };
  const bundle = textAt(reference, 'bundle', book);
  if (bundle !== '') return oldBundle(reference, { bundle, name }, use, book);
  const resolver = textAt(reference, 'resolver', book);
  if (resolver !== '' || name === '' || name.includes('://')) return remote(reference, { resolver, name }, use, book);
  const text = substitute(name, use.scope.find, book.budget);
  const only = settled(text, name, use);
  if (typeof only !== 'string')
    return { ...used, form: 'remote', resolver: '', params: { name }, source: later(only) };
  const cluster = use.kind === 'task' && kind === 'ClusterTask';
  return {
    ...used,
    form: 'local',
    group: 'tekton.dev',
    resource: cluster ? 'clustertasks' : RESOURCES[use.kind],
    name: only,
    namespace: cluster ? '' : book.namespace,
  };
}

/** `bundle` beside the name, which only v1beta1 had; elsewhere it would be read by one version and not by another. */
function oldBundle(
  reference: Place, { bundle, name }: Named & { readonly bundle: string }, use: ReferenceUse, book: Book,
): DefinitionUse {
  const path = at(reference, 'bundle');
  if (book.version === 'v1') problem(book, 'INPUT_OBJECT_UNREADABLE', path, { expected: 'no bundle here: the resolver bundles' });
  const text = substitute(bundle, use.scope.find, book.budget);
  addBundle(path, bundle, text, use, book);
  const params = { bundle, name, kind: use.kind.toLowerCase() };
  const only = isDeferred(text) ? text : onlyText(text);
  return {
    ...usedAt(reference, use),
    form: 'remote',
    resolver: 'bundles',
    params,
    source: typeof only === 'string' ? readSource('bundles', { ...params, bundle: only }) : later(only),
  };
}

function remote(
  reference: Place, { resolver, name }: Named & { readonly resolver: string }, use: ReferenceUse, book: Book,
): DefinitionUse {
  const given = readParameters(structsAt(reference, 'params', book), 'value', book);
  // A name that is a URL stands for the parameter of that name (TEP-0154).
  const all: readonly RawParameter[] = name.includes('://') && !given.some((one) => one.name === 'url')
    ? [...given, { name: 'url', raw: name, path: at(reference, 'name') }] : given;
  const params = Object.fromEntries(all.flatMap(({ name: key, raw }) => (typeof raw === 'string' ? [[key, raw]] : [])));
  const values: Record<string, string> = {};
  let open: DeferredText | undefined;
  for (const { name: key, raw, path } of all) {
    if (raw === undefined) continue;
    const value = evaluate(raw, use.scope, book.budget);
    if (resolver === 'bundles' && key === 'bundle') addBundle(`${path}.value`, String(raw), textOf(value), use, book);
    const text = textOf(value);
    if (text === undefined) continue;
    const only = settled(text, String(raw), use);
    if (typeof only === 'string') Object.defineProperty(values, key, { value: only, enumerable: true });
    else open ??= only;
  }
  const source = open === undefined ? readSource(resolver, values) : later(open);
  return { ...usedAt(reference, use), form: 'remote', resolver, params, values, source };
}

interface UsedAt {
  readonly kind: DefinitionKind;
  readonly path: string;
  readonly usedBy?: string;
}

function usedAt(reference: Place, { kind, usedBy: user }: ReferenceUse): UsedAt {
  return { kind, path: reference.path, ...(user === undefined ? {} : { usedBy: user }) };
}

function later({ expression }: DeferredText): DefinitionSource {
  return { from: 'deferred', expression };
}

/** A bundle is an image like others, and is judged as one. */
function addBundle(path: string, raw: string, text: Text | undefined, use: ReferenceUse, book: Book): void {
  if (text === undefined) return problem(book, 'INPUT_OBJECT_UNREADABLE', path, { expected: 'a text' });
  const state: BuildImage['state'] = isDeferred(text)
    ? { state: 'deferred', reason: text.reason, expression: text.expression }
    : { state: 'resolved', values: text.texts, ...(text.byDefault ? { byDefault: true } : {}) };
  book.images.push({ path, holder: `definition of ${use.holder}`, task: use.task, usage: 'definition', raw, state });
}

function textOf(value: Value): Text | undefined {
  return value.kind === 'text' || value.kind === 'unknown' ? value.text : undefined;
}

/**
 * The one text that it comes to, if that is certain. What a run puts in the place of the default of a pipeline is seen in the TaskRun
 * that is made of it; of a step nothing is made in which it would be seen, so that there a default settles nothing.
 */
function settled(text: Text, written: string, { kind }: ReferenceUse): string | DeferredText {
  if (isDeferred(text)) return text;
  return kind === 'stepAction' && text.byDefault ? { reason: 'parameter', expression: keptText(written) } : onlyText(text);
}

function onlyText(text: Exclude<Text, DeferredText>): string | DeferredText {
  const [only, another] = text.texts;
  return another === undefined && only !== undefined ? only : { reason: 'expression', expression: text.texts.join(' or ') };
}
