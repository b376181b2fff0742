/** What an update leaves as it was is not judged again; what may have moved is. */
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { objectKindProblem } from '../agreement.ts';
import type { ImagePlace, PodSpecReading } from './pod-spec.ts';

/** Tells whether an image stands at the same place as before. */
export type UnchangedTest = (place: ImagePlace) => boolean;

const NEVER: UnchangedTest = () => false;

/**
 * What an UPDATE leaves as it was: the same text under the same container or volume name in the same list of the same place.
 * `read` reads the old object as the new one is read.
 *
 * Moving an image to another container or list, or writing it differently, is a change and is judged. An old
 * object that cannot be read completely, and one with a name twice in a list, proves nothing. Labels,
 * annotations, owner references and deletionTimestamp play no part: whoever may update the object sets them.
 */
export function unchangedIn(review: ReviewRequest, read: (object: unknown) => PodSpecReading): UnchangedTest {
  if (review.operation !== 'UPDATE' || objectKindProblem(review.oldObject, review.kind) !== undefined) return NEVER;
  const old = read(review.oldObject);
  if (old.problems.length > 0 || old.overflow) return NEVER;
  const before = new Map<string, unknown>();
  for (const place of old.places) {
    const key = keyOf(place);
    before.set(key, before.has(key) ? undefined : place.value);
  }
  return (place) =>
    place.name !== undefined && typeof place.value === 'string' && place.value !== '' && before.get(keyOf(place)) === place.value;
}

function keyOf(place: ImagePlace): string {
  return `${place.at} ${place.list}/${place.name ?? ''}`;
}
