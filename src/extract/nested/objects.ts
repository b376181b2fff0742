/** Objects that stand in objects of others (a trigger's workflow, the manifests of a work): their images, as places of the outer one. */
import type { BuildImage } from '../../domain/build/image.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { objectFinding } from '../finding.ts';
import type { ImagePlace } from '../kubernetes/pod-spec.ts';
import type { NestedReaders } from '../reading.ts';
import type { NestedObject } from '../table/read.ts';
import { readNested } from './manifest.ts';

/** Images of these objects, and what is to be said of them; an image that is known only later is judged when its object is made. */
export function imagesOfObjects(
  objects: readonly NestedObject[], review: ReviewRequest, nested: NestedReaders,
): { readonly places: readonly ImagePlace[]; readonly findings: readonly Finding[] } {
  const into = { images: [] as BuildImage[], problems: [] as Finding[] };
  for (const one of objects) readNested(one, '', { path: one.at, task: '', review, nested }, into);
  const places = into.images.flatMap(({ path, state }): ImagePlace[] =>
    state.state === 'resolved' ? state.values.map((value) => ({ at: '', list: 'objects', name: path, path, value })) : []);
  const later = into.images.flatMap(({ path, state }): Finding[] =>
    state.state === 'resolved' ? [] : [{ ...objectFinding('INPUT_IMAGE_PLACEHOLDER', path, { found: state.expression }), mode: 'warn' }]);
  return { places, findings: [...into.problems, ...later] };
}
