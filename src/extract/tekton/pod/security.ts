/** Security contexts of containers and pods, read towards the dangerous side where a value is not of its type. */
import type { SecuritySettings } from '../../../domain/build/task.ts';
import { field, isObject } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { furtherSecurity } from '../../further-settings.ts';

/** What a `securityContext` asks for; one that is absent asks for nothing. */
export function securityOf(context: unknown, path: string): SecuritySettings {
  const own = isObject(context) ? context : {};
  const capabilities = field(own, 'capabilities');
  const lists = isObject(capabilities) ? capabilities : {};
  const [privileged, windows] = [field(own, 'privileged'), field(own, 'windowsOptions')];
  const profile = field(own, 'seccompProfile');
  const user = field(own, 'runAsUser');
  return {
    path,
    privileged: isAsked(privileged) || (isObject(windows) && isAsked(field(windows, 'hostProcess'))),
    ...flag(own, 'allowPrivilegeEscalation'),
    ...flag(own, 'runAsNonRoot'),
    ...(typeof user === 'number' ? { runAsUser: user } : {}),
    addedCapabilities: names(field(lists, 'add')),
    droppedCapabilities: names(field(lists, 'drop')),
    ...flag(own, 'readOnlyRootFilesystem'),
    ...text('seccomp', isObject(profile) ? field(profile, 'type') : undefined),
    ...text('procMount', field(own, 'procMount')),
    ...furtherSecurity(own),
  };
}

/** Whatever is not plainly `false` or absent: `"true"` is no boolean, but who knows what it becomes. */
function isAsked(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** The context of a step upon that of the step template: member by member, as Kubernetes merges them. */
export function mergedSecurity(context: unknown, template: unknown): unknown {
  if (!isObject(context) || !isObject(template)) return isObject(context) ? context : template;
  return merged(context, template);
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

function flag<Name extends 'allowPrivilegeEscalation' | 'runAsNonRoot' | 'readOnlyRootFilesystem'>(
  context: JsonObject, name: Name,
): { readonly [N in Name]?: boolean } {
  const value = field(context, name);
  return typeof value === 'boolean' ? ({ [name]: value } as { [N in Name]?: boolean }) : {};
}

function text<Name extends 'seccomp' | 'procMount'>(name: Name, value: unknown): { readonly [N in Name]?: string } {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as { [N in Name]?: string }) : {};
}

function names(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [];
}
