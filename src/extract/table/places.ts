/** Everything that an object of a kind of others describes: by its row, by the shape of pods, and by what looks like an image. */
import type { Finding } from '../../domain/decision/finding.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { podSpecsIn } from '../kubernetes/by-shape.ts';
import { CONTAINER_LISTS } from '../kubernetes/pod-spec.ts';
import type { FoundPodSpec, ImagePlace } from '../kubernetes/pod-spec.ts';
import { imagesElsewhere } from './elsewhere.ts';
import type { UnplacedImage } from './elsewhere.ts';
import { readRow } from './read.ts';
import type { NestedObject } from './read.ts';
import type { KindRow } from './rows.ts';

/** What was found, each thing once. */
export interface OtherPlaces {
  readonly specs: readonly FoundPodSpec[];
  readonly texts: readonly ImagePlace[];
  readonly objects: readonly NestedObject[];
  readonly unplaced: readonly UnplacedImage[];
  readonly problems: readonly Finding[];
}

/** Looks through an object; without a row by shape and looks alone. What a row finds blinds nothing that stands beside it. */
export function placesIn(object: JsonObject, row: KindRow | undefined): OtherPlaces {
  const { specs, texts, problems, objects, noImages } = row === undefined ? NOTHING : readRow(object, row);
  const own = new Set(specs.map(({ at }) => at));
  const within = (at: string): boolean => objects.some((one) => at === one.at || at.startsWith(`${one.at}.`));
  const all = [...specs, ...podSpecsIn(object).filter(({ at }) => !own.has(at) && !within(at))];
  const known = new Set([
    ...all.flatMap(({ at }) => [...CONTAINER_LISTS, 'volumes'].map((list) => (at === '' ? list : `${at}.${list}`))),
    ...texts.map(({ path }) => path), ...objects.map(({ at }) => at), ...noImages,
  ]);
  return { specs: all, texts, objects, problems, unplaced: imagesElsewhere(object, known) };
}

const NOTHING: ReturnType<typeof readRow> = { specs: [], texts: [], problems: [], objects: [], noImages: [] };
