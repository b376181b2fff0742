/** Kinds that are not known here: they run nothing, describe pods that are found by their shape, or neither. */
import type { Finding } from '../../domain/decision/finding.ts';
import { isObject } from '../../text/json/fields.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { objectKindProblem } from '../agreement.ts';
import { objectFinding, unreadable } from '../finding.ts';
import { carriesNoImage } from '../table/without-images.ts';
import { containerListAtKnownPlace } from './by-shape.ts';
import type { UnplacedImage } from '../table/elsewhere.ts';
import { placesIn } from '../table/places.ts';
import type { OtherPlaces } from '../table/places.ts';
import type { KindTable } from '../table/rows.ts';

/** What an object of a kind that is not known describes, or what is to be said of it as a whole. */
export type OtherKindReading =
  | { readonly finding: Finding }
  | (Omit<OtherPlaces, 'unplaced' | 'problems'> & { readonly findings: readonly Finding[] });

/**
 * Reads an object of a kind that is not known here.
 *
 * It was sent because the webhook's rules name it. What is no object at all cannot be looked into and is refused
 * (INPUT_OBJECT_UNREADABLE), as is one that calls itself something else than the request does (INPUT_KIND_MISMATCH).
 * The pods that it describes are found by its row in the table of kinds and by their shape, and judged. A list of containers
 * where a pod or a pod template has them
 * that is none of them starts images that nobody would look at, so the object is refused (INPUT_KIND_UNKNOWN). Kinds known to
 * carry no image are not judged (INPUT_NOT_JUDGED). What looks like the name of an image at a place that nobody knows is no policy's:
 * it is treated as an artifact that none speaks about (INPUT_IMAGE_UNPLACED). Of one that describes no pod and names no image nothing
 * was looked at, which is said but denies nothing (INPUT_KIND_UNREAD): what it starts, it starts in pods, and those are judged.
 */
export function readOtherKind(review: ReviewRequest, table: KindTable): OtherKindReading {
  const { object, kind, resource } = review;
  if (!isObject(object)) return { finding: unreadable('', 'an object', object) };
  const mismatch = objectKindProblem(object, kind);
  if (mismatch !== undefined) return { finding: mismatch };
  const found = `${kind.kind} of ${kind.group || 'core'}`;
  const key = `${resource.group}/${resource.resource}`;
  const row = table.get(key);
  const known = row === undefined && carriesNoImage(key);
  const { specs, texts, objects, unplaced, problems } = known ? NONE : placesIn(object, row);
  const list = containerListAtKnownPlace(object, new Set(specs.map(({ at }) => at)));
  if (list !== undefined) {
    const inside = `${list.containers} ${list.containers === 1 ? 'container' : 'containers'}`;
    const cause = `it has ${inside} at a place that is not read, whose images would not be verified`;
    return { finding: objectFinding('INPUT_KIND_UNKNOWN', list.at, { found, cause }) };
  }
  const findings = [...problems, ...unplaced.map(unplacedFinding)];
  if (specs.length + texts.length + objects.length + findings.length > 0) return { specs, texts, objects, findings };
  if (row !== undefined) return { finding: objectFinding('INPUT_NOT_JUDGED', '', { cause: 'the object names no image' }) };
  if (known) return { finding: objectFinding('INPUT_NOT_JUDGED', '', { cause: `kind ${kind.kind} carries no image` }) };
  const cause = 'no image is seen in it, and nobody here knows where such an object would name one';
  return { finding: { ...objectFinding('INPUT_KIND_UNREAD', '', { found, cause }), mode: 'warn' } };
}

const NONE: OtherPlaces = { specs: [], texts: [], objects: [], unplaced: [], problems: [] };

function unplacedFinding({ path, value }: UnplacedImage): Finding {
  return objectFinding('INPUT_IMAGE_UNPLACED', path, { artifact: value, found: value });
}
