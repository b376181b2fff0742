/** An object of a kind of others, read by its row: its pods, and the texts that name images. */
import type { Finding } from '../../domain/decision/finding.ts';
import { isObject } from '../../text/json/fields.ts';
import { unreadable } from '../finding.ts';
import { MAX_ARTIFACTS } from '../kubernetes/pod-spec.ts';
import type { FoundPodSpec, ImagePlace } from '../kubernetes/pod-spec.ts';
import { findAt } from '../../text/place.ts';
import type { Placed } from '../../text/place.ts';
import type { ImageText, KindRow } from './rows.ts';

/** What a row finds in an object. A place that is not as the row says is a problem, never "no image". */
export interface RowReading {
  readonly specs: readonly FoundPodSpec[];
  readonly texts: readonly ImagePlace[];
  /** Whole objects that stand in this one. */
  readonly objects: readonly NestedObject[];
  /** JSON paths of what names no image. */
  readonly noImages: readonly string[];
  readonly problems: readonly Finding[];
}

/** An object inside of another, as it is or as text. */
export interface NestedObject {
  readonly at: string;
  readonly value: unknown;
}

/** Reads an object by its row; at most so much of it as is judged, and one more. */
export function readRow(object: unknown, row: KindRow): RowReading {
  const reading = {
    specs: [] as FoundPodSpec[], texts: [] as ImagePlace[], problems: [] as Finding[], objects: [] as NestedObject[],
    noImages: (row.noImages ?? []).flatMap((one) => findAt(object, one, MAX_ARTIFACTS).map(({ at }) => at)),
  };
  for (const one of row.podSpecs) {
    for (const placed of findAt(object, one, MAX_ARTIFACTS + 1)) {
      if (isObject(placed.value) && !('expected' in placed)) reading.specs.push({ at: placed.at, spec: placed.value });
      else reading.problems.push(wrong(placed, 'an object'));
    }
  }
  for (const one of row.objects ?? []) {
    for (const placed of findAt(object, one, MAX_ARTIFACTS + 1)) {
      const isObjectOrText = isObject(placed.value) || typeof placed.value === 'string';
      if ('expected' in placed || !isObjectOrText) reading.problems.push(wrong(placed, 'an object'));
      else reading.objects.push({ at: placed.at, value: placed.value });
    }
  }
  for (const image of row.images) for (const placed of findAt(object, image.place, MAX_ARTIFACTS + 1)) readText(placed, image, reading);
  return reading;
}

function readText(
  placed: Placed,
  { place, scheme }: ImageText,
  { texts, problems }: { readonly texts: ImagePlace[]; readonly problems: Finding[] },
): void {
  const { at, value } = placed;
  if ('expected' in placed || typeof value !== 'string') {
    problems.push(wrong(placed, 'text'));
    return;
  }
  if (scheme !== undefined && !value.startsWith(scheme)) return;
  // Named by its own path: a value that moves to another place is judged anew.
  if (value !== '')
    texts.push({ at: place.source, list: 'images', name: at, path: at, value: scheme === undefined ? value : value.slice(scheme.length) });
}

function wrong(placed: Placed, expected: string): Finding {
  return unreadable(placed.at, 'expected' in placed ? placed.expected : expected, placed.value);
}
