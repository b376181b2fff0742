/** The content of a task: its steps, sidecars, volumes, workspaces and results, with every image. */
import type { BuildContainer, BuildTask, TaskWorkspace } from '../../domain/build/task.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { unreadable } from '../finding.ts';
import { admits, report } from './book.ts';
import type { Book } from './book.ts';
import { mountsOf, readContainer, withTemplate } from './pod/container.ts';
import { addGiven, addValueTexts } from './given.ts';
import { addImage } from './pod/image.ts';
import { either } from './parameters/scope.ts';
import { readParameters } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import { asPlace, at, structAt, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';
import { readVolumes } from './pod/pod.ts';
import { readReference } from './reference/reference.ts';

/** Whose task it is. */
export interface TaskUse {
  /** Name in its pipeline, or of the object. */
  readonly name: string;
  readonly definition: number;
  readonly labels: BuildTask['labels'];
  readonly annotations: BuildTask['annotations'];
  /** One for each combination of a matrix. */
  readonly scopes: readonly Scope[];
  /** The workspace of the run behind one of the task. */
  readonly boundTo: (workspace: string) => string;
  /** Whoever asks has written it: then what its steps give to their StepActions is what he sets. */
  readonly asked?: boolean;
}

/** Reads a TaskSpec and writes the task down. */
export function readTask(spec: Place, use: TaskUse, book: Book): void {
  const lists = [field(spec.value, 'steps'), field(spec.value, 'sidecars')].map((list) => (Array.isArray(list) ? list.length : 0));
  if (!admits(book, 'steps', (lists[0] ?? 0) + (lists[1] ?? 0), spec.path)) return;
  const parameters = readParameters(structsAt(spec, 'params', book), 'default', book);
  addValueTexts(parameters, 'default', book);
  const template = readTemplate(spec, use, book);
  const steps = structsAt(spec, 'steps', book).map((step, index) => readStep(step, index, template, use, book));
  const sidecars = structsAt(spec, 'sidecars', book).map((sidecar) => {
    const holder = `sidecar ${textAt(sidecar, 'name', book)}`.trimEnd();
    const container = readContainer(sidecar, { holder, scopes: use.scopes }, book);
    writeImage(sidecar, container, use, book);
    return container;
  });
  const workspaces = structsAt(spec, 'workspaces', book);
  const mounts = workspaces.flatMap((workspace) => (textAt(workspace, 'mountPath', book) === '' ? []
    : mountsOf(workspace, `workspace ${textAt(workspace, 'name', book)}`, use.scopes, book)));
  book.tasks.push({
    name: use.name,
    path: spec.path,
    definition: use.definition,
    labels: use.labels,
    annotations: use.annotations,
    // A workspace is mounted into every container; it is told of the first.
    steps: steps.map((step, index) => (index === 0 && mounts.length > 0 ? { ...step, mounts: [...step.mounts, ...mounts] } : step)),
    sidecars,
    ...(template === undefined ? {} : { template: template.container }),
    volumes: readVolumes(spec, use.name, book),
    workspaces: workspacesOf(workspaces, [...steps, ...sidecars], use, book),
    results: readResults(spec, book),
    parameters: parameters.map(({ name, path }) => ({ name, path })),
  });
}

/** Results that a task declares. */
export function readResults(spec: Place, book: Book): BuildTask['results'] {
  return structsAt(spec, 'results', book).map((result) => ({
    name: textAt(result, 'name', book),
    type: textAt(result, 'type', book) || 'string',
    path: result.path,
    properties: namesIn(field(result.value, 'properties')),
  }));
}

function namesIn(properties: unknown): readonly string[] {
  return isObject(properties) ? Object.keys(properties) : [];
}

const STEP_ACTION = { kind: 'stepAction', custom: false } as const;

interface Template {
  readonly place: Place;
  readonly container: BuildContainer;
}

function readTemplate(spec: Place, use: TaskUse, book: Book): Template | undefined {
  const place = structAt(spec, 'stepTemplate', book);
  if (place === undefined) return undefined;
  const container = readContainer(place, { holder: 'step template', scopes: use.scopes }, book);
  if (container.image !== '') writeImage(place, container, use, book);
  return { place, container };
}

function readStep(step: Place, index: number, template: Template | undefined, use: TaskUse, book: Book): BuildContainer {
  const name = textAt(step, 'name', book) || `unnamed-${index}`;
  const holder = `step ${name}`;
  const container = readContainer(step, { holder, scopes: use.scopes }, book);
  const reference = field(step.value, 'ref');
  const given = readParameters(structsAt(step, 'params', book), 'value', book);
  addValueTexts(given, 'value', book);
  if (use.asked === true) for (const scope of use.scopes.length > 1 ? [anyOf(use.scopes)] : use.scopes) addGiven(given, scope, book);
  if (reference === undefined || reference === null) {
    const whole = template === undefined ? container : withTemplate(container, template.container, { step, template: template.place });
    if (container.image !== '' || whole.image === '') writeImage(step, container, use, book);
    return whole;
  }
  const place = asPlace(reference, at(step, 'ref'), book);
  // What the StepAction brings is not in the object; a step template is not put into it.
  if (place !== undefined)
    readReference(place, { ...STEP_ACTION, usedBy: name, task: use.name, holder, scope: anyOf(use.scopes) }, book);
  if (container.image !== '') writeImage(step, container, use, book);
  return container;
}

function writeImage(place: Place, { holder, image }: BuildContainer, use: TaskUse, book: Book): void {
  const path = at(place, 'image');
  if (image !== '') addImage({ path, holder, task: use.name, usage: 'buildStep', raw: image }, use.scopes, book);
  else report(book, unreadable(path, 'an image', field(place.value, 'image')));
}

const USED = /\$\(workspaces\.([\w-]{1,253})\./g;

/** Declared ones, and those that embedded tasks use without declaring them: their pipeline hands them on. */
function workspacesOf(
  declared: readonly Place[], containers: readonly BuildContainer[], use: TaskUse, book: Book,
): readonly TaskWorkspace[] {
  const found = new Map<string, TaskWorkspace>();
  const add = (name: string, path: string, more: Pick<TaskWorkspace, 'readOnly'> = {}): void => {
    if (!found.has(name)) found.set(name, { name, boundTo: use.boundTo(name), path, ...more });
  };
  for (const place of declared)
    add(textAt(place, 'name', book), place.path, field(place.value, 'readOnly') === true ? { readOnly: true } : {});
  for (const { command, path } of containers)
    for (const text of command)
      if (text.includes('$(workspaces.')) for (const [, name] of text.matchAll(USED)) add(name ?? '', path);
  return [...found.values()];
}

/** What a variable is in any combination. */
export function anyOf(scopes: readonly Scope[]): Scope {
  const [first, ...others] = scopes;
  if (first === undefined) return { find: () => undefined, whole: () => undefined };
  if (others.length === 0) return first;
  return {
    find: (variable) => {
      const texts = scopes.map((scope) => scope.find(variable));
      return texts.reduce((one, other) => (one === undefined || other === undefined ? undefined : either(one, other)));
    },
    whole: (variable) => first.whole(variable),
  };
}
