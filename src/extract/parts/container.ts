/** A container as builds have them: what it runs, with which environment, rights and mounts. */
import type { BuildContainer } from '../../domain/build/task.ts';
import { field } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { hostPortsOf } from './further-settings.ts';
import { objectsAt, at, textsAt } from './look.ts';
import type { Placed, Problems } from './look.ts';
import { securityOf } from './security.ts';

/** Values longer than this are none that a rule compares with. */
const MOST_VALUE = 64;

/** Members of a container that hold text which is run. */
const SCRIPTS = ['script', 'source'] as const;

/** Reads a container; `holder` is how people call it. What is not of its type is noted. */
export function containerOf({ value, path }: Placed<JsonObject>, holder: string, problems: Problems): BuildContainer {
  return {
    holder,
    path,
    image: textOf(value, 'image'),
    command: [
      ...textsAt(value, 'command'), ...textsAt(value, 'args'),
      ...SCRIPTS.map((name) => textOf(value, name)).filter((text) => text !== ''),
    ],
    environment: environmentOf(value, path, problems),
    ...environmentFromOf(value, path),
    security: securityOf(value, path),
    ...hostPortsOf(value, path),
    mounts: [
      ...mountsOf(value, 'volumeMounts', 'mountPath', path, problems), ...mountsOf(value, 'volumeDevices', 'devicePath', path, problems),
    ],
  };
}

/** Where names of an environment come from elsewhere, if they do. */
export function environmentFromOf(value: JsonObject, path: string): Pick<BuildContainer, 'environmentFrom'> {
  const from = field(value, 'envFrom');
  return Array.isArray(from) && from.length > 0 ? { environmentFrom: at(path, 'envFrom') } : {};
}

/** Names of the environment that is written into a container or pod template. */
export function environmentOf(value: JsonObject, path: string, problems: Problems): BuildContainer['environment'] {
  return objectsAt(value, 'env', path, problems).map((entry) => {
    const written = field(entry.value, 'value') ?? (field(entry.value, 'valueFrom') === undefined ? '' : undefined);
    const isShort = typeof written === 'string' && written.length <= MOST_VALUE;
    return { name: textOf(entry.value, 'name'), path: entry.path, ...(isShort ? { value: written } : {}) };
  });
}

function mountsOf(value: JsonObject, list: string, member: string, path: string, problems: Problems): BuildContainer['mounts'] {
  return objectsAt(value, list, path, problems).map((mount) => ({
    volume: textOf(mount.value, 'name'), at: textOf(mount.value, member), path: mount.path,
  }));
}

/** How people call a container: by its name, or by its number where it has none. */
export function holderOf(kind: string, { value, path }: Placed<JsonObject>): string {
  const name = textOf(value, 'name');
  return `${kind} ${name === '' ? (/\[(\d+)\]$/.exec(path)?.[1] ?? '') : name}`.trim();
}
