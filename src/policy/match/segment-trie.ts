/** Many segment patterns in one tree, walked once per name. */
import { AffixIndex } from './affix-index.ts';
import type { Segment } from './image-pattern.ts';
import { GLOBSTAR } from './image-pattern.ts';

interface Node<V> {
  /** Children by the text of their segment, wildcards included. */
  readonly children: Map<string, Node<V>>;
  readonly index: AffixIndex<Node<V>>;
  readonly globstar: boolean;
  value?: V;
}

function node<V>(globstar: boolean): Node<V> {
  return { children: new Map(), index: new AffixIndex(), globstar };
}

/**
 * Patterns of segments in a tree: a look-up follows only the branches whose segments match, all of them side by
 * side, so its cost grows with the name and with the matches, not with the number of patterns.
 */
export class SegmentTrie<V> {
  readonly #root = node<V>(false);

  /** The value at the end of this pattern, made by `create` when the pattern is new. */
  at(pattern: readonly Segment[], create: () => V): V {
    let current = this.#root;
    for (const segment of pattern) current = child(current, segment);
    return (current.value ??= create());
  }

  /** Calls `found` once with the value of each pattern that matches all of the segments. */
  each(segments: readonly string[], found: (value: V) => void): void {
    let active = new Set([this.#root]);
    for (const text of segments) {
      const next = new Set<Node<V>>();
      for (const current of active) advance(current, text, next);
      if (next.size === 0) return;
      active = next;
    }
    for (const current of active) if (current.value !== undefined) found(current.value);
  }
}

function child<V>(parent: Node<V>, segment: Segment): Node<V> {
  const key = segment === GLOBSTAR ? GLOBSTAR : segment.source;
  const existing = parent.children.get(key);
  if (existing !== undefined) return existing;
  const made = node<V>(segment === GLOBSTAR);
  parent.children.set(key, made);
  if (segment !== GLOBSTAR) parent.index.add(segment, made);
  return made;
}

/** A node reached by `**` stays where it is for every further segment. */
function advance<V>(current: Node<V>, text: string, next: Set<Node<V>>): void {
  if (current.globstar) next.add(current);
  const across = current.children.get(GLOBSTAR);
  if (across !== undefined) next.add(across);
  current.index.each(text, (match) => next.add(match));
}
