/** Templates that run something themselves, as tasks of a build: their containers with everything that decides what may happen. */
import type { Named, WrittenText } from '../../domain/build/build-request.ts';
import type { BuildContainer, BuildTask } from '../../domain/build/task.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf, textsOf } from '../build-base.ts';
import { containerOf, holderOf } from '../parts/container.ts';
import { at, objectsAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { memberOf } from '../parts/security.ts';
import { volumesOf } from '../parts/volumes.ts';
import { parameterTexts } from './arguments.ts';
import { containersOf, isLeaf } from './containers.ts';
import type { Defaults } from './containers.ts';
import type { Template } from './templates.ts';

/** What surrounds the templates of a workflow. */
export interface Surroundings {
  /** The workflow's spec. */
  readonly spec: Placed<JsonObject>;
  readonly defaults?: Defaults;
  /** Containers that every template has from the defaults, by name. */
  readonly inherited: ReadonlyMap<string, BuildContainer>;
  /** Containers of patches that hold for a template: of the workflow first, then its own. */
  readonly patches: (template: Template) => readonly PatchContainer[];
  /** Index of a template among the definitions. */
  readonly definition: (template: Template) => number;
}

/** The task that a template is; `undefined` for one that only calls others. */
export function taskOf(template: Template, around: Surroundings, problems: Problems): BuildTask | undefined {
  const { value, path, name } = template;
  if (!isLeaf(value)) return undefined;
  const held = containersOf(template, around.defaults, []);
  const read = held.map((one): ReadContainer => ({
    isSidecar: one.isSidecar,
    name: !one.isSidecar && one.holder === 'container main' ? 'main' : textOf(one.value, 'name'),
    container: containerOf(one, one.holder, problems),
  }));
  const inherited = held.find(({ inherited: from, isSidecar }) => from !== undefined && !isSidecar)?.inherited;
  const defaults = around.defaults?.value ?? {};
  const own = new Set(read.map((one) => one.name));
  const added = [...around.inherited].flatMap(([called, container]) => (own.has(called) ? [] : [container]));
  const { steps, sidecars } = patched(read, around.patches(template));
  const metadata = [memberOf(around.spec.value, 'podMetadata'), memberOf(defaults, 'metadata'), memberOf(value, 'metadata')];
  return {
    name, path,
    definition: around.definition(template),
    labels: Object.assign({}, ...metadata.map((one) => textsOf(one, 'labels'))) as Readonly<Record<string, string>>,
    annotations: Object.assign({}, ...metadata.map((one) => textsOf(one, 'annotations'))) as Readonly<Record<string, string>>,
    steps,
    sidecars: [...sidecars, ...added],
    ...(inherited === undefined ? {} : { template: containerOf(inherited, 'template defaults', []) }),
    volumes: volumesOf(value, path, []),
    workspaces: workspacesOf(steps, around.spec.value),
    results: resultsOf(template),
    parameters: listOf(template, 'inputs', 'parameters').map((one) => ({ name: textOf(one.value, 'name'), path: one.path })),
  };
}

/** Containers that templates have from the defaults when they have none of that name: lists of containers are merged by name. */
export function inheritedContainers(defaults: Placed<JsonObject> | undefined): ReadonlyMap<string, BuildContainer> {
  if (defaults === undefined) return new Map();
  return new Map(['initContainers', 'sidecars'].flatMap((list) => objectsAt(defaults.value, list, defaults.path, []).map((one) => {
    const holder = holderOf(list === 'sidecars' ? 'sidecar' : 'init container', one);
    return [textOf(one.value, 'name'), containerOf(one, holder, [])] as const;
  })));
}

/** A container of a patch. */
export interface PatchContainer {
  readonly name: string;
  readonly container: BuildContainer;
  readonly changesSecurity: boolean;
}

/** Every container of a patch. */
export function patchContainers({ value, path }: Placed<JsonObject>): readonly PatchContainer[] {
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => objectsAt(value, list, '', []).map((one) => {
    const name = textOf(one.value, 'name');
    const container = containerOf({ value: one.value, path: path + one.path }, `container ${name}`.trim(), []);
    return { name, container, changesSecurity: isObject(field(one.value, 'securityContext')) };
  }));
}

interface ReadContainer {
  readonly name: string;
  readonly isSidecar: boolean;
  readonly container: BuildContainer;
}

/** Names by which Argo calls the containers of its pods. */
const OWN: ReadonlySet<string> = new Set(['wait', 'init', 'main']);

/** Containers as they are once patches are merged into them, by name; what a patch adds to Argo's own is a sidecar. */
function patched(read: readonly ReadContainer[], patches: readonly PatchContainer[]): Pick<BuildTask, 'steps' | 'sidecars'> {
  const all = new Map(read.map((one, index) => [`${one.name === '' ? index : one.name}`, one]));
  for (const { name, container, changesSecurity } of patches) {
    const known = all.get(name);
    if (known === undefined) all.set(name, { name, isSidecar: !OWN.has(name), container });
    else all.set(name, { ...known, container: merged(known.container, container, changesSecurity) });
  }
  const containers = [...all.values()];
  const of = (isSidecar: boolean): BuildContainer[] =>
    containers.filter((one) => one.isSidecar === isSidecar).map(({ container }) => container);
  return { steps: of(false), sidecars: of(true) };
}

/** A container with a patch on it. What was asked for stays asked for, so that nobody loosens a finding by a patch. */
function merged(base: BuildContainer, patch: BuildContainer, changesSecurity: boolean): BuildContainer {
  const security = { ...base.security, ...patch.security, privileged: base.security.privileged || patch.security.privileged };
  const dropped = patch.security.droppedCapabilities;
  const ports = [...(base.hostPorts ?? []), ...(patch.hostPorts ?? [])];
  const from = patch.environmentFrom ?? base.environmentFrom;
  return {
    ...base,
    image: patch.image === '' ? base.image : patch.image,
    command: [...base.command, ...patch.command],
    environment: [...base.environment, ...patch.environment],
    ...(from === undefined ? {} : { environmentFrom: from }),
    ...(ports.length === 0 ? {} : { hostPorts: ports }),
    mounts: [...base.mounts, ...patch.mounts],
    security: changesSecurity ? {
      ...security,
      addedCapabilities: [...base.security.addedCapabilities, ...patch.security.addedCapabilities],
      droppedCapabilities: dropped.length > 0 ? dropped : base.security.droppedCapabilities,
    } : base.security,
  };
}

/** Claims of the workflow that a template's containers mount: what templates hand on to each other. */
function workspacesOf(containers: readonly BuildContainer[], spec: JsonObject): BuildTask['workspaces'] {
  const claims = new Map<string, string>();
  for (const { value } of objectsAt(spec, 'volumeClaimTemplates', '', [])) {
    const name = textOf(memberOf(value, 'metadata'), 'name');
    claims.set(name, name);
  }
  for (const { value } of objectsAt(spec, 'volumes', '', [])) {
    const claim = field(value, 'persistentVolumeClaim');
    if (isObject(claim)) claims.set(textOf(value, 'name'), textOf(claim, 'claimName'));
  }
  if (claims.size === 0) return [];
  return containers.flatMap(({ mounts }) => mounts.flatMap(({ volume, path }) => {
    const boundTo = claims.get(volume);
    return boundTo === undefined ? [] : [{ name: volume, boundTo, path }];
  }));
}

function resultsOf(template: Template): BuildTask['results'] {
  return [['parameters', 'string'], ['artifacts', 'artifact']].flatMap(([list = '', type = '']) =>
    listOf(template, 'outputs', list).map(({ value, path }) => ({ name: textOf(value, 'name'), type, path, properties: [] })));
}

function listOf({ value, path }: Placed<JsonObject>, member: string, list: string): readonly Placed<JsonObject>[] {
  return objectsAt(memberOf(value, member), list, at(path, member), []);
}

/** Results of a template that are the whole workflow's: those with a name of its own. */
export function globalResults(template: Template): readonly Named[] {
  return ['parameters', 'artifacts'].flatMap((list) => listOf(template, 'outputs', list)).flatMap(({ value, path }) => {
    const name = textOf(value, 'globalName');
    return name === '' ? [] : [{ name, path: at(path, 'globalName') }];
  });
}

/** Texts of a template in which secrets could stand. */
export function textsOfTemplate(template: Template, defaults: Defaults | undefined): readonly WrittenText[] {
  const { value, path } = template;
  const manifest = textOf(memberOf(value, 'resource'), 'manifest');
  return [
    ...parameterTexts(template, 'inputs'),
    ...containersOf(template, defaults, []).flatMap(containerTexts),
    ...(manifest === '' ? [] : [{ text: manifest, path: at(path, 'resource.manifest') }]),
    ...patchText(template),
    ...template.calls.flatMap((call) => (call.path.endsWith('onExit') ? [] : parameterTexts(call, 'arguments'))),
  ];
}

/** The text of a pod patch. */
export function patchText({ value, path }: Placed<JsonObject>): readonly WrittenText[] {
  const text = textOf(value, 'podSpecPatch');
  return text === '' ? [] : [{ text, path: at(path, 'podSpecPatch') }];
}

function containerTexts({ value, path }: Placed<JsonObject>): readonly WrittenText[] {
  const lists = ['command', 'args'].flatMap((name) => {
    const list = field(value, name);
    const items: readonly unknown[] = Array.isArray(list) ? list : [];
    return items.flatMap((text, index) => (typeof text === 'string' ? [{ text, path: `${path}.${name}[${index}]` }] : []));
  });
  const env = objectsAt(value, 'env', path, []).map((one) => ({ text: textOf(one.value, 'value'), path: `${one.path}.value` }));
  return [...lists, { text: textOf(value, 'source'), path: at(path, 'source') }, ...env].filter(({ text }) => text !== '');
}
