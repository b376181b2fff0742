/** Which entries of a package-lock.json come inside another package, as npm itself reckons it (arborist's getBundler). */
import { isObject, own, ownList, ownText, ownTexts } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

const BELOW = '/node_modules/';
const KINDS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;

/**
 * The places of everything that a package which is asked about (it has an integrity) brings along: what it lists, what lies below that, and
 * what that asks for and finds below the same package. The mark `inBundle` of an entry is not believed: npm does not believe it either, and
 * fetches what is marked and not brought along.
 */
export function bundledIn(packages: JsonObject): ReadonlySet<string> {
  const below = new Map<string, string[]>();
  for (const place of Object.keys(packages)) {
    const at = place.lastIndexOf(BELOW);
    if (at <= 0) continue;
    const holder = place.slice(0, at);
    const others = below.get(holder);
    if (others === undefined) below.set(holder, [place]);
    else others.push(place);
  }
  const bundled = new Set<string>();
  for (const holder of below.keys()) {
    const one = own(packages, holder);
    if (ownText(one, 'integrity') === undefined) continue;
    const found = new Set(listedBy(one).map((name) => `${holder}${BELOW}${name}`).filter((place) => isObject(own(packages, place))));
    // A set is walked to its end, with all that is added on the way.
    for (const place of found) {
      bundled.add(place);
      for (const inner of below.get(place) ?? []) found.add(inner);
      for (const wanted of KINDS.flatMap((kind) => Object.keys(ownTexts(own(packages, place), kind)))) {
        const other = nearest(packages, wanted, place, holder);
        if (other !== undefined) found.add(other);
      }
    }
  }
  return bundled;
}

/** `true` stands for everything that it depends on. */
function listedBy(holder: unknown): readonly string[] {
  if (own(holder, 'bundleDependencies') === true) return Object.keys(ownTexts(holder, 'dependencies'));
  return (ownList(holder, 'bundleDependencies') ?? []).filter((name) => typeof name === 'string');
}

/** Where a package finds what it asks for, as Node.js looks for it, unless that is above the holder. */
function nearest(packages: JsonObject, wanted: string, from: string, holder: string): string | undefined {
  for (let folder = from; folder.length >= holder.length; folder = folder.slice(0, Math.max(0, folder.lastIndexOf(BELOW)))) {
    const place = `${folder}${BELOW}${wanted}`;
    if (isObject(own(packages, place))) return place;
  }
  return undefined;
}
