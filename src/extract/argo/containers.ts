/** The containers of a template, and what each has from `templateDefaults` when it does not say it itself. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { holderOf } from '../parts/container.ts';
import { at, objectAt, objectsAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';

/** A container with how people call it; `inherited` is what stands for it in the defaults. */
export interface HeldContainer extends Placed<JsonObject> {
  readonly holder: string;
  readonly isSidecar: boolean;
  readonly inherited?: Placed<JsonObject>;
}

/** The workflow's `templateDefaults`, with the containers of its lists by name. */
export interface Defaults extends Placed<JsonObject> {
  readonly lists: ReadonlyMap<string, ReadonlyMap<string, Placed<JsonObject>>>;
}

/** Reads the lists of the defaults once for all templates. */
export function defaultsOf({ value, path }: Placed<JsonObject>): Defaults {
  const byName = (holder: Placed<JsonObject> | undefined, list: string): ReadonlyMap<string, Placed<JsonObject>> =>
    new Map(holder === undefined ? [] : objectsAt(holder.value, list, holder.path, []).map((one) => [textOf(one.value, 'name'), one]));
  const set = memberAt({ value, path }, 'containerSet');
  const own = [INIT, SIDECARS].map(({ list }) => [list, byName({ value, path }, list)] as const);
  return { value, path, lists: new Map([[SET.list, byName(set, SET.list)] as const, ...own]) };
}

/** Members that hold one container, which runs as `main`. */
const MAIN = ['container', 'script'] as const;
const INIT = { list: 'initContainers', kind: 'init container', isSidecar: false };
const SIDECARS = { list: 'sidecars', kind: 'sidecar', isSidecar: true };
const SET = { list: 'containers', kind: 'container', isSidecar: false };

/** Members that make a template run a pod, and not other templates. */
const LEAF = [...MAIN, 'containerSet', 'resource', 'data', 'http', 'plugin', 'initContainers', 'sidecars'] as const;

/** Whether a template runs something itself. */
export function isLeaf(template: JsonObject): boolean {
  return LEAF.some((name) => field(template, name) !== undefined && field(template, name) !== null);
}

/** Every container of the template at `path`; `defaults` are those of the workflow. What is not of its type is noted. */
export function containersOf(
  { value, path }: Placed<JsonObject>, defaults: Defaults | undefined, problems: Problems,
): readonly HeldContainer[] {
  const mains = MAIN.flatMap((name): HeldContainer[] => {
    const container = objectAt(value, name, path, problems);
    const inherited = defaults === undefined ? undefined : memberAt(defaults, name);
    if (container === undefined) return [];
    const held = { value: container, path: at(path, name), holder: 'container main', isSidecar: false };
    return [inherited === undefined ? held : { ...held, inherited }];
  });
  const set = objectAt(value, 'containerSet', path, problems);
  return [
    ...mains,
    ...(set === undefined ? [] : listed({ value: set, path: at(path, 'containerSet') }, defaults, SET, problems)),
    ...listed({ value, path }, defaults, INIT, problems),
    ...listed({ value, path }, defaults, SIDECARS, problems),
  ];
}

function listed(
  { value, path }: Placed<JsonObject>, defaults: Defaults | undefined,
  { list, kind, isSidecar }: { readonly list: string; readonly kind: string; readonly isSidecar: boolean }, problems: Problems,
): readonly HeldContainer[] {
  const own = objectsAt(value, list, path, problems);
  if (own.length === 0 || defaults === undefined) return own.map((one) => ({ ...one, holder: holderOf(kind, one), isSidecar }));
  // Lists of containers are merged by name.
  const others = defaults.lists.get(list);
  return own.map((one) => {
    const inherited = others?.get(textOf(one.value, 'name'));
    return { ...one, holder: holderOf(kind, one), isSidecar, ...(inherited === undefined ? {} : { inherited }) };
  });
}

function memberAt({ value, path }: Placed<JsonObject>, name: string): Placed<JsonObject> | undefined {
  const member = field(value, name);
  return isObject(member) ? { value: member, path: at(path, name) } : undefined;
}
