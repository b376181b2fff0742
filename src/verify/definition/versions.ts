/** A specification of v1 in the words of v1beta1. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/**
 * As it stood in v1beta1 before a cluster stored it as v1: the resources of containers had another name. What else differs is
 * refused by whoever writes it as v1beta1.
 */
export function asV1beta1(spec: unknown): unknown {
  return containers(spec, ({ computeResources, ...container }) =>
    computeResources === undefined ? container : { ...container, resources: computeResources },
  );
}

/** As tools that knew v1beta1 alone read it: `computeResources` was not seen. Only where it says nothing is that the same. */
export function asWrittenByOldTools(spec: unknown): unknown {
  return containers(spec, ({ computeResources, ...container }) =>
    computeResources === undefined || (isObject(computeResources) && Object.keys(computeResources).length === 0)
      ? container
      : { ...container, computeResources },
  );
}

type Change = (container: JsonObject) => JsonObject;

function containers(spec: unknown, change: Change): unknown {
  if (!isObject(spec)) return spec;
  return {
    ...spec,
    ...lists(spec, ['steps', 'sidecars'], change),
    ...(isObject(field(spec, 'stepTemplate')) ? { stepTemplate: change(field(spec, 'stepTemplate') as JsonObject) } : {}),
    ...lists(spec, ['tasks', 'finally'], (task) =>
      ({ ...task, ...inside(task, 'taskSpec', change), ...inside(task, 'pipelineSpec', change) })),
  };
}

function inside(task: JsonObject, name: string, change: Change): JsonObject {
  return isObject(field(task, name)) ? { [name]: containers(field(task, name), change) } : {};
}

function lists(spec: JsonObject, names: readonly string[], change: Change): JsonObject {
  const found = names.filter((name) => Array.isArray(field(spec, name)));
  const changed = (list: readonly unknown[]): readonly unknown[] => list.map((item) => (isObject(item) ? change(item) : item));
  return Object.fromEntries(found.map((name) => [name, changed(field(spec, name) as readonly unknown[])]));
}
