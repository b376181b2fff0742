/** Containers of a pod, called as the users of its engine call them. */
import type { BuildContainer } from '../../domain/build/task.ts';
import { field } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { containerOf } from '../parts/container.ts';
import { objectsAt } from '../parts/look.ts';

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Every container of a PodSpec, in the order of its lists. What is none is passed over: that the pod is unreadable is told with its images. */
export function podContainers(spec: JsonObject): readonly BuildContainer[] {
  return LISTS.flatMap((list) => objectsAt(spec, list, 'spec', []).map((place) => containerOf(place, calledIn(list, place.value), [])));
}

/** Tekton names containers `step-…` and `sidecar-…`; an init container that goes on running is a sidecar to everybody. */
function calledIn(list: (typeof LISTS)[number], container: JsonObject): string {
  const name = textOf(container, 'name');
  const sidecar = `sidecar ${name.replace(/^sidecar-/, '')}`;
  if (list === 'ephemeralContainers') return `ephemeral container ${name}`;
  if (list === 'initContainers') return field(container, 'restartPolicy') === 'Always' ? sidecar : `init container ${name}`;
  if (name.startsWith('step-')) return `step ${name.slice('step-'.length)}`;
  return name.startsWith('sidecar-') ? sidecar : `container ${name}`;
}
