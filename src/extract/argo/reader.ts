/** Objects of Argo Workflows as builds: their spec, wherever the kind has it, and what is executed from their status. */
import type { BuildRequest, BuildRole } from '../../domain/build/build-request.ts';
import type { DefinitionUse } from '../../domain/build/definition.ts';
import type { BuildTask } from '../../domain/build/task.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';
import { buildBase, metadataOf, textOf, textsOf } from '../build-base.ts';
import { unreadable } from '../finding.ts';
import { note, objectAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { memberOf } from '../parts/security.ts';
import type { EngineReader, EngineReading, NestedReaders } from '../reading.ts';
import { givenIn, parameterTexts } from './arguments.ts';
import { defaultsOf } from './containers.ts';
import type { Defaults } from './containers.ts';
import { definitionsOf, referenceOf } from './definitions.ts';
import { Globals } from './globals.ts';
import { FieldReader, fieldsOf, specFields, tagsOf } from './images.ts';
import { MAX_CONTAINERS, tooManyTasks } from './limits.ts';
import { orderOf } from './order.ts';
import { Scopes } from './scopes.ts';
import { accountsOf, debugIn, podsOf, wholeReference } from './settings.ts';
import { checkNames, checkSpelling } from './spelling.ts';
import { globalResults, inheritedContainers, patchContainers, patchText, taskOf, textsOfTemplate } from './tasks.ts';
import type { PatchContainer, Surroundings } from './tasks.ts';
import { templatesIn, templatesOf } from './templates.ts';
import type { Template, Templates } from './templates.ts';

/** How a kind holds its workflow. */
export interface ArgoKind {
  readonly kind: string;
  readonly role: BuildRole;
  /** Members that lead to the workflow's spec. */
  readonly spec: readonly string[];
  /** Whether that spec is a map of templates instead (WorkflowTaskSet). */
  readonly isMap?: boolean;
}

/** Fields of a status from which templates are executed; the kind has no status subresource, so they come with any request. */
const STORED = ['storedTemplates', 'storedWorkflowTemplateSpec'] as const;

/** The reader of a kind. */
export function argoReader(kind: ArgoKind): EngineReader {
  return { kind: kind.kind, read: (review, nested = { readers: {}, depth: 0 }) => readObject(kind, review, nested) };
}

function readObject(kind: ArgoKind, review: ReviewRequest, nested: NestedReaders): EngineReading {
  const { operation, object, user: requester } = review;
  if (operation === 'CONNECT') return { images: [], problems: [] };
  const problems: Problems = [];
  const spec = isObject(object) ? specOf(object, kind, problems) : undefined;
  if (!isObject(object)) note(problems, unreadable('', 'an object', object));
  checkOuter(object, kind.spec, problems);
  const base = buildBase(review, 'argo', kind.role);
  const outer = isObject(object) && kind.role === 'schedule' ? memberOf(memberOf(object, 'spec'), 'workflowMetadata') : {};
  const executed = executedStatus(review);
  const read = spec === undefined ? undefined : readSpec(spec, { kind, review, nested, problems });
  // What comes with the status of a new object is executed like a spec; what the controller stores later came from judged templates.
  const stored = operation === 'CREATE' ? storedImages(review, nested, problems) : [];
  const images = [...(read?.images ?? []), ...stored];
  const request: BuildRequest = {
    ...base, ...withMetadataOf(base, outer), ...read, images, ...(executed.length === 0 ? {} : { executedStatus: executed }),
  };
  return { matter: { about: 'build', operation, namespace: request.namespace, name: request.name, requester, request }, images, problems };
}

/** The way to the workflow's spec, and what is executed of the status: names that Argo would take for these are refused beside them. */
function checkOuter(object: unknown, [, inner]: readonly string[], problems: Problems): void {
  checkNames(object, '', ['metadata', 'spec', 'status'], problems);
  if (!isObject(object)) return;
  if (inner !== undefined) checkNames(field(object, 'spec'), 'spec', [inner, 'workflowMetadata'], problems);
  checkNames(field(object, 'status'), 'status', STORED, problems);
}

function specOf(object: JsonObject, { spec: path, isMap = false }: ArgoKind, problems: Problems): Placed<JsonObject> | undefined {
  let here = object;
  for (const [depth, name] of path.entries()) {
    const next = objectAt(here, name, path.slice(0, depth).join('.'), problems);
    if (next === undefined) {
      // A set without tasks is one; a workflow without a spec is none.
      const value = field(here, name);
      const place = path.slice(0, depth + 1).join('.');
      if (!isMap && (value === undefined || value === null)) note(problems, unreadable(place, 'an object', value));
      return undefined;
    }
    here = next;
  }
  return { value: here, path: path.join('.') };
}

/** Labels and annotations that a schedule gives to what it starts, with its own. */
function withMetadataOf({ labels, annotations }: BuildRequest, metadata: JsonObject): Pick<BuildRequest, 'labels' | 'annotations'> {
  return { labels: { ...textsOf(metadata, 'labels'), ...labels }, annotations: { ...textsOf(metadata, 'annotations'), ...annotations } };
}

interface Reading {
  readonly kind: ArgoKind;
  readonly review: ReviewRequest;
  readonly nested: NestedReaders;
  readonly problems: Problems;
}

function readSpec(spec: Placed<JsonObject>, { kind, review, nested, problems }: Reading): Partial<BuildRequest> {
  const { role, isMap = false } = kind;
  checkSpelling(spec.value, spec.path, problems, isMap);
  const workflow = isMap ? { value: {}, path: spec.path } : spec;
  const templates = isMap ? templatesIn(spec.value, spec.path, problems) : templatesOf(spec.value, spec.path, problems);
  const { reader, defaults } = readImages(workflow, templates, { kind, review, nested, problems });
  const definitions = definitionsOf(templates, wholeOf(workflow, { kind, review }, templates.all.length === 0), review.namespace);
  const around = surroundingsOf(workflow, defaults, reader, definitions.ofTemplate);
  const tasks = tasksOf(templates, around, problems);
  const debug = debugIn(
    tasks.flatMap(({ steps, sidecars, template }) => [...steps, ...sidecars, ...(template === undefined ? [] : [template])]),
  );
  return {
    definitions: definitions.uses,
    tasks,
    order: orderOf(templates, spec.path, definitions.ofCall, problems),
    parameters: role === 'definition' ? [] : givenIn(workflow.value, workflow.path, problems),
    accounts: accountsOf(workflow, defaults, templates, reader),
    pods: podsOf(workflow, defaults, templates, reader, problems),
    results: templates.all.flatMap(globalResults),
    images: reader.images,
    texts: [
      ...parameterTexts(workflow, 'arguments'),
      ...patchText(workflow),
      ...templates.all.flatMap((template) => textsOfTemplate(template, defaults)),
      ...(defaults === undefined ? [] : textsOfTemplate({ ...defaults, name: '', calls: [] }, undefined)),
    ],
    ...(debug === undefined ? {} : { debug }),
  };
}

/** What tasks have from around them, read once for all of them. */
function surroundingsOf(
  spec: Placed<JsonObject>, defaults: Defaults | undefined, { patches }: FieldReader, definition: (template: Template) => number,
): Surroundings {
  const ofAll = patches.flatMap(({ template, patch }) => (template === undefined ? patchContainers(patch) : []));
  const own = new Map<Template, readonly PatchContainer[]>();
  for (const { template, patch } of patches)
    if (template !== undefined) own.set(template, [...(own.get(template) ?? ofAll), ...patchContainers(patch)]);
  const inherited = inheritedContainers(defaults);
  const around = { spec, inherited, definition, patches: (template: Template) => own.get(template) ?? ofAll };
  return defaults === undefined ? around : { ...around, defaults };
}

/** Templates that run something; with too many containers the object is refused, and the others are left out. */
function tasksOf(templates: Templates, around: Surroundings, problems: Problems): readonly BuildTask[] {
  const tasks: BuildTask[] = [];
  let containers = 0;
  for (const template of templates.all) {
    const task = taskOf(template, around, problems);
    containers += task === undefined ? 0 : task.steps.length + task.sidecars.length;
    if (task !== undefined) tasks.push(task);
    if (containers <= MAX_CONTAINERS) continue;
    note(problems, tooManyTasks(template.path, MAX_CONTAINERS));
    break;
  }
  return tasks;
}

/** Every image of a spec, and what was read of patches on the way. */
function readImages(
  spec: Placed<JsonObject>, templates: Templates, { kind, review, nested, problems }: Reading,
): { readonly reader: FieldReader; readonly defaults?: Defaults } {
  const globals = new Globals(spec.value, spec.path, ownPlaceholders(review, kind));
  const reader = new FieldReader(globals, { review, nested }, problems);
  const value = objectAt(spec.value, 'templateDefaults', spec.path, problems);
  const defaults = value === undefined ? undefined : defaultsOf({ value, path: `${spec.path}.templateDefaults` });
  // Defaults may leave an image to the templates that have them.
  const read = (of: Templates, from: Defaults | undefined, areDefaults = false): void => {
    const fieldsIn = (template: Template) => fieldsOf(template, from, problems).filter(({ raw }) => !areDefaults || raw !== '');
    const fields = new Map(of.all.map((template) => [template, fieldsIn(template)]));
    const scopes = new Scopes(of, (template) => tagsOf(fields.get(template) ?? []), globals, kind.role === 'definition');
    for (const [template, own] of fields) for (const one of own) reader.read(one, scopes.of(template), template);
  };
  for (const one of specFields(spec, problems)) reader.read(one, [new Map()]);
  read(templates, defaults);
  if (value !== undefined) read(templatesIn({ templateDefaults: value }, spec.path, problems), undefined, true);
  for (const problem of globals.problems) note(problems, problem);
  return { reader, ...(defaults === undefined ? {} : { defaults }) };
}

/** Placeholders that are known from the object itself. */
function ownPlaceholders({ namespace, object }: ReviewRequest, { kind }: ArgoKind): ReadonlyMap<string, string> {
  const name = kind === 'Workflow' ? textOf(metadataOf(object), 'name') : '';
  const entries: readonly (readonly [string, string])[] = [['workflow.namespace', namespace], ['workflow.name', name]];
  return new Map(entries.filter(([, text]) => text !== ''));
}

/** What the object as a whole is or refers to. */
function wholeOf(
  spec: Placed<JsonObject>, { kind, review }: Pick<Reading, 'kind' | 'review'>, isEmpty: boolean,
): readonly DefinitionUse[] {
  const reference = wholeReference(spec);
  const refers: readonly DefinitionUse[] = reference === undefined ? [] : [referenceOf(reference, review.namespace)];
  if (kind.role === 'definition') return [{ form: 'self', kind: 'template', path: '', object: review.object }, ...refers];
  return reference !== undefined && isEmpty && !overrides(spec.value)
    ? refers
    : [...refers, { form: 'inline', kind: 'pipeline', path: spec.path, content: spec.value }];
}

/** Whether a workflow brings, beside the template that it refers to, what decides what is executed there. */
function overrides(spec: JsonObject): boolean {
  const brings = (value: unknown): boolean =>
    value !== undefined && value !== null && value !== '' && !(isObject(value) && Object.keys(value).length === 0);
  return ['templateDefaults', 'podSpecPatch', 'executorPlugins'].some((name) => brings(field(spec, name)))
    || brings(field(memberOf(spec, 'artifactGC'), 'podSpecPatch'));
}

function storedImages(review: ReviewRequest, nested: NestedReaders, problems: Problems): FieldReader['images'] {
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
function executedStatus({ operation, object, oldObject }: ReviewRequest): readonly string[] {
  const stored = (of: unknown, name: string): unknown => {
    const status = isObject(of) ? field(of, 'status') : undefined;
    const value = isObject(status) ? field(status, name) : undefined;
    return value === null || (isObject(value) && Object.keys(value).length === 0) ? undefined : value;
  };
  const before = operation === 'UPDATE' ? oldObject : undefined;
  return STORED.filter((name) => !sameValue(stored(object, name), stored(before, name))).map((name) => `status.${name}`);
}

/** A binding of an event: it submits a workflow template by name, with arguments of its own. */
export const EVENT_BINDING: EngineReader = {
  kind: 'WorkflowEventBinding',
  read(review) {
    const { operation, object, user: requester } = review;
    if (operation === 'CONNECT') return { images: [], problems: [] };
    const problems: Problems = [];
    checkOuter(object, ['spec', 'submit'], problems);
    const submit = isObject(object) ? memberOf(memberOf(object, 'spec'), 'submit') : {};
    checkNames(submit, 'spec.submit', ['workflowTemplateRef', 'arguments', 'metadata'], problems);
    checkSpelling(field(submit, 'arguments'), 'spec.submit.arguments', problems);
    checkSpelling(field(submit, 'workflowTemplateRef'), 'spec.submit.workflowTemplateRef', problems);
    const base = buildBase(review, 'argo', 'schedule');
    const placed = { value: submit, path: 'spec.submit' };
    const reference = wholeReference(placed);
    const request: BuildRequest = {
      ...base,
      ...withMetadataOf(base, metadataOf(placed.value)),
      definitions: reference === undefined ? [] : [referenceOf(reference, review.namespace)],
      parameters: givenIn(placed.value, placed.path, problems),
      texts: parameterTexts(placed, 'arguments'),
    };
    return {
      matter: { about: 'build', operation, namespace: request.namespace, name: request.name, requester, request }, images: [], problems,
    };
  },
};
