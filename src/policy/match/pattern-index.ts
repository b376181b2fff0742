/** The policies of an artifact are looked up by its name, not searched for. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import { splitName } from '../../domain/artifact/artifact.ts';
import { AffixIndex } from './affix-index.ts';
import type { ArtifactPattern, TextArtifactPattern } from './artifact-pattern.ts';
import { comparableName } from './artifact-pattern.ts';
import type { HostAndPath } from './image-pattern.ts';
import { splitHost } from './image-pattern.ts';
import { SegmentTrie } from './segment-trie.ts';

type PathTrie<V> = SegmentTrie<V[]>;

/**
 * Finds the values whose artifact pattern matches a name. Images: by port, then by host label from the top-level
 * domain down, then by path segment; host and path are two trees, so no wildcard leads from one into the other.
 */
export class PatternIndex<V> {
  readonly #everyImage: V[] = [];
  readonly #hostsByPort = new Map<string, SegmentTrie<PathTrie<V>>>();
  readonly #texts = new Map<TextArtifactPattern['kind'], AffixIndex<V>>();

  add(pattern: ArtifactPattern, value: V): void {
    if (pattern.kind !== 'image') this.#textIndex(pattern.kind).add(pattern.glob, value);
    else if (pattern.image.everything) this.#everyImage.push(value);
    else this.#addImage(pattern.image, value);
  }

  /** Distinct values, in no particular order. */
  find(ref: Pick<ArtifactRef, 'kind' | 'name'>): ReadonlySet<V> {
    const values = new Set<V>();
    if (ref.kind === 'image') this.#findImage(ref.name, values);
    else this.#texts.get(ref.kind)?.each(comparableName(ref.kind, ref.name), (value) => values.add(value));
    return values;
  }

  #addImage(image: HostAndPath, value: V): void {
    let hosts = this.#hostsByPort.get(image.port);
    if (hosts === undefined) this.#hostsByPort.set(image.port, (hosts = new SegmentTrie()));
    const paths = hosts.at(image.labels.toReversed(), () => new SegmentTrie<V[]>());
    paths.at(image.path, () => []).push(value);
  }

  #findImage(name: string, values: Set<V>): void {
    for (const value of this.#everyImage) values.add(value);
    const { host, path } = splitName(name);
    const parts = splitHost(host);
    const segments = path.split('/');
    this.#hostsByPort.get(parts.port)?.each(parts.labels.toReversed(), (paths) => {
      paths.each(segments, (found) => {
        for (const value of found) values.add(value);
      });
    });
  }

  #textIndex(kind: TextArtifactPattern['kind']): AffixIndex<V> {
    let index = this.#texts.get(kind);
    if (index === undefined) this.#texts.set(kind, (index = new AffixIndex()));
    return index;
  }
}
