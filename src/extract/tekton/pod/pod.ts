/** Pod templates and volumes: what of a pod is decided beside its containers. */
import type { BuildVolume, PodSettings } from '../../../domain/build/task.ts';
import { field, isObject } from '../../../text/json/fields.ts';
import { textsOf } from '../../build-base.ts';
import { podSettingsOf } from '../../parts/pod-settings.ts';
import { volumeType } from '../../parts/volumes.ts';
import { problem } from '../book.ts';
import type { Book } from '../book.ts';
import { readEnvironment } from './container.ts';
import { addPlainImage } from './image.ts';
import type { Scope } from '../parameters/value.ts';
import { isDeferred, substitute } from '../parameters/variables.ts';
import { at, structAt, structsAt, textAt } from '../place.ts';
import type { Place } from '../place.ts';
import { checkSpelling } from './spelling.ts';

/** What a volume is that does not say so. */
const UNSAID = 'emptyDir';

/** Settings that ask for nothing. */
export function plainSettings(path: string): PodSettings {
  return podSettingsOf({ value: {}, path }, { labels: {} }, []);
}

/** Reads a `podTemplate`; `task` is the one that it holds for. Its image volumes are written down as images. */
export function readPodTemplate(place: Place, task: string | undefined, scope: Scope, book: Book): PodSettings {
  for (const name of ['serviceAccountName', 'runtimeClassName']) textAt(place, name, book);
  structAt(place, 'securityContext', book);
  checkSpelling(field(place.value, 'securityContext'), at(place, 'securityContext'), book);
  return {
    // What is not of its type is noted here and below.
    ...podSettingsOf(place, { ...(task === undefined ? {} : { task }), labels: {} }, []),
    volumes: readVolumes(place, task ?? '', book),
    // Tekton puts values into the names of these variables, not only into what they are set to.
    environment: readEnvironment(place, book).flatMap(({ name, path }) => namesOf(name, scope, book).map((one) => ({ name: one, path }))),
  };
}

/** Reads `volumes` of a task or pod template; those that are images are written down as such. */
export function readVolumes(place: Place, task: string, book: Book): readonly BuildVolume[] {
  return structsAt(place, 'volumes', book).map((volume) => {
    const name = textAt(volume, 'name', book);
    checkVolume(volume, book);
    const image = structAt(volume, 'image', book);
    const reference = image === undefined ? '' : textAt(image, 'reference', book);
    if (image !== undefined && reference !== '')
      addPlainImage({ path: at(image, 'reference'), holder: `volume ${name}`, task, usage: 'buildStep', raw: reference }, book);
    return { name, path: volume.path, ...volumeType(volume.value, UNSAID) };
  });
}

/** The bindings of a run's workspaces: volumes of its pods. */
export function readBindings(place: Place, book: Book): PodSettings | undefined {
  const bindings = structsAt(place, 'workspaces', book);
  const volumes = bindings.map((binding) => {
    checkVolume(binding, book);
    return { name: textAt(binding, 'name', book), path: binding.path, ...volumeType(binding.value, UNSAID) };
  });
  return volumes.length === 0 ? undefined : { ...plainSettings(at(place, 'workspaces')), volumes };
}

/** A volume is of one kind: of two, one would be looked at and the other mounted. */
function checkVolume({ value, path }: Place, book: Book): void {
  checkSpelling(value, path, book);
  const kinds = Object.entries(value).filter(([name, source]) => name !== 'name' && isObject(source));
  const found = kinds.map(([name]) => name).join(', ');
  if (kinds.length > 1) problem(book, 'INPUT_OBJECT_UNREADABLE', path, { expected: 'one kind of volume', found });
}

function namesOf(name: string, scope: Scope, book: Book): readonly string[] {
  const text = substitute(name, scope.find, book.budget);
  return isDeferred(text) ? [name] : text.texts;
}

/** Labels and annotations of `metadata` in a struct. */
export function metadataIn(place: Place, book: Book): Pick<PodSettings, 'labels'> & { readonly annotations: PodSettings['labels'] } {
  const metadata = structAt(place, 'metadata', book);
  return metadata === undefined ? { labels: {}, annotations: {} }
    : { labels: textsOf(metadata.value, 'labels'), annotations: textsOf(metadata.value, 'annotations') };
}
