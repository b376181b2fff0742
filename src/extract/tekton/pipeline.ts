/** The content of a pipeline: its tasks, embedded or named, with parameters, workspaces and order; pipelines in it as well. */
import type { TaskPlace, TaskWorkspace } from '../../domain/build/task.ts';
import { admits, MAX_DEPTH, problem } from './book.ts';
import type { Book } from './book.ts';
import { readCustom } from './custom.ts';
import { placeOf } from './order.ts';
import type { Order } from './order.ts';
import { readDefaults } from './parameters/defaults.ts';
import { mergedCombinations, readMatrix } from './parameters/matrix.ts';
import type { FannedOut } from './parameters/matrix.ts';
import { embedded, layered } from './parameters/scope.ts';
import type { Values } from './parameters/scope.ts';
import { evaluate, readParameters, textsOfRaw } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import { at, listAt, structAt, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';
import type { PipelineUse } from './pipeline-use.ts';
import { metadataIn } from './pod/pod.ts';
import { asTask, readReference } from './reference/reference.ts';
import { readTask } from './task.ts';
import { addGiven, addValueTexts } from './given.ts';
import { taskContext, withoutContext } from './context.ts';

/** Reads a PipelineSpec: tasks and order are written down, those of `finally` last. */
export function readPipeline(spec: Place, use: PipelineUse, book: Book): void {
  if (use.depth > MAX_DEPTH)
    return problem(book, 'INPUT_REFERENCE_CYCLE', spec.path, { expected: `at most ${MAX_DEPTH} pipelines in each other` });
  const lists = ['tasks', 'finally'] as const;
  const count = lists.reduce((sum, list) => sum + listAt(spec, list, book).length, 0);
  if (!admits(book, 'tasks', count, spec.path)) return;
  const declared = readParameters(structsAt(spec, 'params', book), 'default', book);
  addValueTexts(declared, 'default', book);
  const defaults = readDefaults({ declared, given: use.given, ofTask: false, outer: use.contexts }, book);
  const scope = layered([use.given, defaults], ['params'], use.contexts);
  const names = new Set<string>();
  for (const list of lists) for (const task of structsAt(spec, list, book)) {
    const name = textAt(task, 'name', book);
    // By its name the engine, and every rule about order, knows which task is meant.
    if (names.has(name)) problem(book, 'INPUT_OBJECT_UNREADABLE', at(task, 'name'), { expected: 'a name that stands here once' });
    names.add(name);
    readPipelineTask(task, list === 'finally', { ...use, scope }, book);
  }
}

interface InPipeline extends PipelineUse {
  readonly scope: Scope;
}

function readPipelineTask(task: Place, isFinally: boolean, use: InPipeline, book: Book): void {
  const name = use.prefix + textAt(task, 'name', book);
  const params = readParameters(structsAt(task, 'params', book), 'value', book);
  const scope = taskContext(use.scope, task);
  const matrix = readMatrix(task, scope, book);
  const given: Values = new Map(params.map(({ name: key, raw }) => [key, evaluate(raw ?? '', scope, book.budget)]));
  addValueTexts([...params, ...matrix.given], 'value', book);
  if (use.asked) addGiven([...params, ...matrix.given], scope, book);
  const handed = readHandedWorkspaces(task, use, book);
  const order = placeOf(task, { ...use, isFinally, uncertain: matrix.uncertain, texts: [...params, ...matrix.given] }, book);
  const account = use.settings(name)?.account;
  const place = {
    name, path: task.path, definition: -1, ...order,
    ...(account === undefined ? {} : { serviceAccount: account }),
  };
  // What holds others stands before them, although it is known only with them.
  const index = book.order.push(place) - 1;
  const before = book.tasks.length;
  const definition = readContent(task, { name, given, matrix, handed, order }, use, book);
  if (definition === undefined) problem(book, 'INPUT_OBJECT_UNREADABLE', task.path, { expected: 'taskRef or taskSpec' });
  const after = withInner(order.after, book.order.slice(index + 1));
  const workspaces = withOwn(handed, book.tasks.slice(before).find((one) => one.name === name)?.workspaces ?? []);
  const whole = { ...place, after, ...(workspaces.length === 0 ? {} : { workspaces }) };
  book.order.splice(index, 1, ...(definition === undefined ? [] : [{ ...whole, definition }]));
}

/** An embedded task has what it is handed, and what it uses of its pipeline without being handed it. */
function withOwn(handed: readonly TaskWorkspace[], own: readonly TaskWorkspace[]): readonly TaskWorkspace[] {
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...handed.filter(({ name }) => !names.has(name))];
}

/** Who waits for a pipeline waits for all in it. */
function withInner(after: readonly string[], inner: readonly TaskPlace[]): readonly string[] {
  return [...after, ...inner.flatMap((one) => (one.isFinally ? [] : [one.name]))];
}

interface Content {
  readonly name: string;
  readonly given: Values;
  readonly matrix: FannedOut;
  readonly handed: readonly TaskWorkspace[];
  readonly order: Order;
}

/** All that stands there is read, also where Tekton wants one of them only; the first is the definition. */
function readContent(task: Place, content: Content, use: InPipeline, book: Book): number | undefined {
  const { name, given, handed } = content;
  const names = new Map(handed.map((one) => [one.name, one.boundTo]));
  const boundTo = (workspace: string): string => names.get(workspace) ?? use.boundTo(workspace);
  const found: number[] = [];
  for (const kind of ['task', 'pipeline'] as const) {
    const reference = structAt(task, `${kind}Ref`, book);
    if (reference !== undefined)
      found.push(readReference(reference, { ...asTask(name), kind, scope: use.scope }, book));
  }
  const taskSpec = structAt(task, 'taskSpec', book);
  if (taskSpec !== undefined) found.push(readEmbedded(taskSpec, content, boundTo, use, book));
  const pipelineSpec = structAt(task, 'pipelineSpec', book);
  if (pipelineSpec !== undefined) {
    const { path, value } = pipelineSpec;
    found.push(book.definitions.push({ form: 'inline', kind: 'pipeline', path, usedBy: name, content: value }) - 1);
    // A pipeline in a pipeline is a run of its own: it sees what it is given, and nothing else.
    const inner = new Map([...mergedCombinations(content.matrix.combinations), ...given]);
    const contexts = withoutContext(use.contexts);
    readPipeline(pipelineSpec, { ...use, ...inside(content, use), given: inner, contexts, boundTo }, book);
  }
  return found[0];
}

/** A pipeline in a pipeline: its tasks carry the name of the one that holds them, and what is said of its order holds for them. */
function inside({ name, order }: Content, { depth }: PipelineUse): Pick<PipelineUse, 'prefix' | 'depth' | 'outer'> {
  return { prefix: `${name}/`, depth: depth + 1, outer: order };
}

function readEmbedded(spec: Place, content: Content, boundTo: TaskBinding, use: InPipeline, book: Book): number {
  const { name, given, matrix } = content;
  const [apiVersion, kind] = [textAt(spec, 'apiVersion', book), textAt(spec, 'kind', book)];
  const metadata = metadataIn(spec, book);
  const settings = use.settings(name);
  if (apiVersion !== '' && kind !== '') {
    const inner = { ...use, ...withoutValues(use), ...inside(content, use), boundTo };
    const readInner = (pipeline: Place): void => readPipeline(pipeline, inner, book);
    return readCustom(spec, { apiVersion, kind, name, usedBy: name, readPipeline: readInner }, book);
  }
  const definition = book.definitions.push({ form: 'inline', kind: 'task', path: spec.path, usedBy: name, content: spec.value }) - 1;
  const declared = readParameters(structsAt(spec, 'params', book), 'default', book);
  const defaultsFor = (combination: Values): Values =>
    readDefaults({ declared, given: new Map([...combination, ...given]), ofTask: true }, book);
  // Only defaults that refer to others are different in each combination.
  const fixed = declared.some(({ raw }) => textsOfRaw(raw).some((text) => text.includes('$('))) ? undefined : defaultsFor(new Map());
  const scopes = matrix.combinations.map((combination) =>
    embedded({ given, combination, defaults: fixed ?? defaultsFor(combination), pipeline: use.scope }));
  // By a label its author says what class a task is of: what a run adds in taskRunSpecs is told with the settings of its pods.
  const { labels } = metadata;
  const annotations = { ...metadata.annotations, ...settings?.annotations };
  readTask(spec, { name, definition, labels, annotations, scopes, boundTo, asked: use.asked }, book);
  return definition;
}

/** What is not known of a pipeline in a custom task: how its controller gives it values. */
function withoutValues({ contexts }: PipelineUse): Pick<PipelineUse, 'given' | 'contexts'> {
  return { given: new Map(), contexts: withoutContext(contexts) };
}

type TaskBinding = (workspace: string) => string;

function readHandedWorkspaces(task: Place, use: PipelineUse, book: Book): readonly TaskWorkspace[] {
  return structsAt(task, 'workspaces', book).map((workspace) => {
    const name = textAt(workspace, 'name', book);
    return { name, boundTo: use.boundTo(textAt(workspace, 'workspace', book) || name), path: workspace.path };
  });
}
