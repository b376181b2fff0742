/** The security context of a step upon that of the step template: member by member, as Kubernetes merges them. */
import type { SecuritySettings } from '../../../domain/build/task.ts';
import { field, isObject } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { securityOf } from '../../parts/security.ts';
import { at } from '../place.ts';
import type { Place } from '../place.ts';

/** What the `securityContext` of a container or pod asks for; one that is absent asks for nothing. */
export function securityAt({ value, path }: Place): SecuritySettings {
  return securityOf(value, path);
}

/** What a step asks for with what it takes over from its template; the path is that of whichever says something. */
export function mergedSecurity(step: Place, template: Place): SecuritySettings {
  const [own, below] = [field(step.value, 'securityContext'), field(template.value, 'securityContext')];
  if (!isObject(own)) return securityAt(isObject(below) ? template : step);
  const context = isObject(below) ? merged(own, below) : own;
  return { ...securityAt({ value: { securityContext: context }, path: step.path }), path: at(step, 'securityContext') };
}

function merged(upper: JsonObject, lower: JsonObject): JsonObject {
  const result: Record<string, unknown> = { ...lower };
  for (const [name, value] of Object.entries(upper)) {
    if (value === undefined || value === null) continue;
    const below = field(lower, name);
    const both = isObject(value) && isObject(below) && name === 'capabilities';
    Object.defineProperty(result, name, { value: both ? merged(value, below) : value, enumerable: true, configurable: true });
  }
  return result;
}
