/** Versions in which an API group is served. */
import { own, ownList, ownText } from '../text/json/fields.ts';

/** Those that can be part of a path, the preferred one first; `group` is a member of what `/apis` lists. */
export function versionsOf(group: unknown): readonly string[] {
  const preferred = ownText(own(group, 'preferredVersion'), 'version');
  const all = (ownList(group, 'versions') ?? []).map((one) => ownText(one, 'version'));
  return [...new Set([preferred, ...all])]
    .filter((version): version is string => version !== undefined && /^[a-z][a-z0-9]{0,62}$/.test(version));
}
