/** Steps, sidecars and step templates, and what a step takes over from its template. */
import type { BuildContainer } from '../../../domain/build/task.ts';
import { field } from '../../../text/json/fields.ts';
import { addText } from '../book.ts';
import type { Book } from '../book.ts';
import type { Scope } from '../parameters/value.ts';
import { isDeferred, substitute } from '../parameters/variables.ts';
import { at, structAt, structsAt, textAt, textsAt } from '../place.ts';
import type { Place } from '../place.ts';
import { environmentFromOf } from '../../parts/container.ts';
import { hostPortsOf } from '../../parts/further-settings.ts';
import { mergedSecurity, securityAt } from './security.ts';
import { checkSpelling } from './spelling.ts';

/** Where a container stands, and what messages call it. */
export interface ContainerUse {
  readonly holder: string;
  /** One for each combination of a matrix. */
  readonly scopes: readonly Scope[];
}

/** Reads a step, sidecar or template by itself. Its texts are written down; its image is for the caller. */
export function readContainer(place: Place, { holder, scopes }: ContainerUse, book: Book): BuildContainer {
  const [image, script] = [textAt(place, 'image', book), textAt(place, 'script', book)];
  const lists = (['command', 'args'] as const).map((list) => textsAt(place, list, book));
  for (const [list, name] of (['command', 'args'] as const).entries())
    lists[list]?.forEach((text, index) => addText(book, text, `${at(place, name)}[${index}]`));
  addText(book, script, at(place, 'script'));
  // Not an object is no context that could be read.
  structAt(place, 'securityContext', book);
  for (const member of ['securityContext', 'ports'] as const) checkSpelling(field(place.value, member), at(place, member), book);
  return {
    holder,
    path: place.path,
    image,
    command: [...lists.flat(), ...(script === '' ? [] : [script])],
    environment: readEnvironment(place, book),
    ...environmentFromOf(place.value, place.path),
    security: securityAt(place),
    mounts: readMounts(place, scopes, book),
    ...hostPortsOf(place.value, place.path),
  };
}

/** Names of variables; their values are texts in which secrets could stand. */
export function readEnvironment(place: Place, book: Book): BuildContainer['environment'] {
  return structsAt(place, 'env', book).map((variable) => {
    addText(book, textAt(variable, 'value', book), at(variable, 'value'));
    return { name: textAt(variable, 'name', book), path: variable.path };
  });
}

/** Where volumes and workspaces are mounted: with values put in where they are known, once for each. */
function readMounts(place: Place, scopes: readonly Scope[], book: Book): BuildContainer['mounts'] {
  const volumes = structsAt(place, 'volumeMounts', book).flatMap((mount) => mountsOf(mount, textAt(mount, 'name', book), scopes, book));
  const workspaces = structsAt(place, 'workspaces', book).flatMap((mount) =>
    textAt(mount, 'mountPath', book) === '' ? [] : mountsOf(mount, `workspace ${textAt(mount, 'name', book)}`, scopes, book));
  const devices = structsAt(place, 'volumeDevices', book).map((device) =>
    ({ volume: textAt(device, 'name', book), at: textAt(device, 'devicePath', book), path: at(device, 'devicePath') }));
  return [...volumes, ...workspaces, ...devices];
}

/** The mount paths that one field comes to. */
export function mountsOf(mount: Place, volume: string, scopes: readonly Scope[], book: Book): BuildContainer['mounts'] {
  const written = textAt(mount, 'mountPath', book);
  const path = at(mount, 'mountPath');
  if (!written.includes('$(')) return [{ volume, at: written, path }];
  const places = new Set<string>();
  for (const scope of scopes) {
    const text = substitute(written, scope.find, book.budget);
    for (const one of isDeferred(text) ? [written] : text.texts) places.add(one);
  }
  return [...(places.size === 0 ? [written] : places)].map((one) => ({ volume, at: one, path }));
}

/** The step with what it takes over: what it says itself wins, variables by name and mounts by path. */
export function withTemplate(
  step: BuildContainer, template: BuildContainer, places: { readonly step: Place; readonly template: Place },
): BuildContainer {
  const variables = new Set(step.environment.map(({ name }) => name));
  const mounted = new Set(step.mounts.map((mount) => mount.at));
  const from = step.environmentFrom ?? template.environmentFrom;
  return {
    ...step,
    image: step.image === '' ? template.image : step.image,
    command: step.command.length === 0 ? template.command : step.command,
    environment: [...step.environment, ...template.environment.filter(({ name }) => !variables.has(name))],
    ...(from === undefined ? {} : { environmentFrom: from }),
    security: mergedSecurity(places.step, places.template),
    mounts: [...step.mounts, ...template.mounts.filter((mount) => !mounted.has(mount.at))],
  };
}
