/** What a security context of a container or pod asks for. */
import type { SecuritySettings } from '../../domain/build/task.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { furtherSecurity } from './further-settings.ts';
import { at, textsAt } from './look.ts';

/** The settings of `securityContext` of what stands at `path`; nothing asked for where there is none. */
export function securityOf(holder: JsonObject, path: string): SecuritySettings {
  const context = field(holder, 'securityContext');
  return securityIn(isObject(context) ? context : {}, at(path, 'securityContext'));
}

function securityIn(context: JsonObject, path: string): SecuritySettings {
  const capabilities = memberOf(context, 'capabilities');
  const seccomp = field(memberOf(context, 'seccompProfile'), 'type');
  const procMount = field(context, 'procMount');
  const runAsUser = field(context, 'runAsUser');
  return {
    path,
    // What is not plainly false is taken for a yes: a placeholder may become one. A host process of Windows may as much.
    privileged: asksFor(field(context, 'privileged')) || asksFor(field(memberOf(context, 'windowsOptions'), 'hostProcess')),
    addedCapabilities: textsAt(capabilities, 'add'),
    droppedCapabilities: textsAt(capabilities, 'drop'),
    ...flag(context, 'allowPrivilegeEscalation'),
    ...flag(context, 'runAsNonRoot'),
    ...(typeof runAsUser === 'number' ? { runAsUser } : {}),
    ...(typeof seccomp === 'string' ? { seccomp } : {}),
    ...(typeof procMount === 'string' ? { procMount } : {}),
    ...furtherSecurity(context),
  };
}

/** True unless the value is absent, null or false. */
export function asksFor(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** A flag that is there, by its name. */
export function flag<Name extends string>(object: JsonObject, name: Name): { readonly [Key in Name]?: boolean } {
  const value = field(object, name);
  return (typeof value === 'boolean' ? { [name]: value } : {}) as { readonly [Key in Name]?: boolean };
}

/** A member that is an object, or an empty one. */
export function memberOf(object: JsonObject, name: string): JsonObject {
  const value = field(object, name);
  return isObject(value) ? value : {};
}
