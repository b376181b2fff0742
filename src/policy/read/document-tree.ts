/** YAML that readers could understand in two ways is refused before it becomes a value. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Node, Pair, YAMLMap } from 'yaml';
import type { Path } from './problems.ts';

/** Deepest nesting of a document; a requirement nests about ten levels, a trusted root eight. */
export const MAX_DEPTH = 64;

/** Told of everything in the tree that must not be there. */
type Report = (node: Node | null, path: Path, message: string) => void;

/**
 * Checks what the YAML grammar allows and policies must not contain: duplicate keys (readers disagree on which of
 * two counts), keys that are no texts, `__proto__`, anchors that contain themselves, excessive depth.
 */
export function checkTree(root: Node | null, report: Report): void {
  checkNode(root, { path: [], anchors: [], defined: new Set() }, report);
}

interface NodePlace {
  readonly path: Path;
  /** Anchors of the nodes above: an alias to one of them would never end. */
  readonly anchors: readonly string[];
  /** All anchors met so far in this document; shared by all places. */
  readonly defined: Set<string>;
}

function checkNode(node: Node | null, place: NodePlace, report: Report): void {
  if (place.path.length > MAX_DEPTH) return report(node, place.path.slice(0, 4), `document is nested deeper than ${MAX_DEPTH} levels`);
  if (isAlias(node)) {
    if (place.anchors.includes(node.source)) report(node, place.path, `alias *${node.source} stands inside the value it names`);
    else if (!place.defined.has(node.source)) report(node, place.path, `alias *${node.source} names no anchor above it`);
    return;
  }
  const anchor = node?.anchor;
  if (anchor !== undefined) place.defined.add(anchor);
  const below = { ...place, anchors: anchor === undefined ? place.anchors : [...place.anchors, anchor] };
  if (isMap(node)) checkMap(node, below, report);
  else if (isSeq(node))
    node.items.forEach((item, index) => checkNode(item as Node | null, { ...below, path: [...place.path, index] }, report));
}

function checkMap(map: YAMLMap, place: NodePlace, report: Report): void {
  const seen = new Set<string>();
  for (const pair of map.items) {
    const key = textKey(pair);
    if (key === undefined) {
      report(pair.key as Node | null, place.path, 'keys must be plain texts; quote the key');
      continue;
    }
    const path = [...place.path, key];
    if (key === '__proto__') report(pair.key as Node, path, 'the key __proto__ is not allowed');
    if (seen.has(key)) report(pair.key as Node, path, `key ${JSON.stringify(key)} stands here twice; remove one`);
    seen.add(key);
    checkNode(pair.value as Node | null, { ...place, path }, report);
  }
}

function textKey(pair: Pair): string | undefined {
  return isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : undefined;
}
