/** What Tekton adds to a definition when it is applied, put in or taken out again: the meaning is the same. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** `put` writes every default that is missing, `take` leaves out every default that is written. */
export type Defaulting = 'put' | 'take';

/**
 * The specification of a Task, StepAction or Pipeline with its defaults put in (Tekton's `SetDefaults`) or taken out: the type of
 * parameters, results and their properties, and `kind: Task` of references that name no resolver. What has another shape is left
 * as it is, for whoever reads it next.
 */
export function defaulted(spec: unknown, kind: string, way: Defaulting): unknown {
  if (!isObject(spec)) return spec;
  return kind === 'Pipeline' ? pipelineSpec(spec, way) : taskSpec(spec, way);
}

function taskSpec(spec: JsonObject, way: Defaulting): JsonObject {
  const params = each(spec, 'params', (item) => typed(item, typeOfParameter(item), way));
  return each(params, 'results', (item) => typed(item, typeOfResult(item), way));
}

function pipelineSpec(spec: JsonObject, way: Defaulting): JsonObject {
  const params = each(spec, 'params', (item) => typed(item, typeOfParameter(item), way));
  return each(each(params, 'tasks', (task) => pipelineTask(task, way)), 'finally', (task) => pipelineTask(task, way));
}

function pipelineTask(task: JsonObject, way: Defaulting): JsonObject {
  const [reference, content] = [field(task, 'taskRef'), field(task, 'taskSpec')];
  return {
    ...task,
    ...(isObject(reference) ? { taskRef: taskReference(reference, way) } : {}),
    ...(isObject(content) ? { taskSpec: taskSpec(content, way) } : {}),
  };
}

/** Older versions of Tekton put the kind of references with a resolver as well; it says nothing there. */
function taskReference(reference: JsonObject, way: Defaulting): JsonObject {
  const kind = field(reference, 'kind') ?? '';
  if (way === 'put') return kind === '' && (field(reference, 'resolver') ?? '') === '' ? { ...reference, kind: 'Task' } : reference;
  return kind === 'Task' ? without(reference, 'kind') : reference;
}

/** The type that Tekton gives to a parameter that has none: by its properties, else by its default value. */
function typeOfParameter(item: JsonObject): string {
  if (isObject(field(item, 'properties'))) return 'object';
  const value = field(item, 'default');
  if (Array.isArray(value)) return 'array';
  return isObject(value) ? 'object' : 'string';
}

function typeOfResult(item: JsonObject): string {
  return isObject(field(item, 'properties')) ? 'object' : 'string';
}

function typed(item: JsonObject, type: string, way: Defaulting): JsonObject {
  const properties = field(item, 'properties');
  const whole = isObject(properties) ? { ...item, properties: eachOf(properties, (property) => withType(property, 'string', way)) } : item;
  return withType(whole, type, way);
}

function withType(item: JsonObject, type: string, way: Defaulting): JsonObject {
  const written = field(item, 'type') ?? '';
  if (way === 'put') return written === '' ? { ...item, type } : item;
  return written === type ? without(item, 'type') : item;
}

function each(object: JsonObject, name: string, change: (item: JsonObject) => JsonObject): JsonObject {
  const list = field(object, name);
  return Array.isArray(list) ? { ...object, [name]: list.map((item: unknown) => (isObject(item) ? change(item) : item)) } : object;
}

function eachOf(map: JsonObject, change: (item: JsonObject) => JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, item]) => [key, isObject(item) ? change(item) : item]));
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}
