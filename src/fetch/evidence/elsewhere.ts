/** Further repositories in which signers keep the evidence of an image. */
import { LRUCache } from 'lru-cache';
import { canonicalRepository } from '../../domain/artifact/registry-host.ts';
import type { EvidenceElsewhere } from '../../domain/artifact/registry.ts';

/** Says where evidence of an image is looked for besides its own repository. */
export interface Elsewhere {
  /** Names of repositories, each once, never the image's own; usually none. */
  repositories(image: string): readonly string[];
  /** Their hosts, as canonical names have them. */
  readonly hosts: ReadonlySet<string>;
}

const NONE: readonly string[] = [];

/** Compiles `evidenceSources`. All that match an image count, in the order in which they are written. */
export function compileElsewhere(sources: readonly EvidenceElsewhere[]): Elsewhere {
  const rules = sources.map(({ image, repository }) => ({
    matches: matcher(canonicalRepository(image)),
    repository: canonicalRepository(repository),
  }));
  const known = new LRUCache<string, readonly string[]>({ max: 4096 });
  return {
    hosts: new Set(rules.map(({ repository }) => repository.split('/', 1)[0] ?? '')),
    repositories(image) {
      if (rules.length === 0) return NONE;
      let found = known.get(image);
      if (found === undefined) {
        found = [...new Set(rules.filter(({ matches }) => matches(image)).map(({ repository }) => repository))].filter(
          (repository) => repository !== image,
        );
        known.set(image, found);
      }
      return found;
    },
  };
}

/** Exact, or everything below a path: compared character by character and anchored, so that `acme` is never `acme-evil`. */
export function matcher(pattern: string): (image: string) => boolean {
  if (pattern === '**') return () => true;
  if (!pattern.endsWith('/**')) return (image) => image === pattern;
  const above = pattern.slice(0, -2);
  return (image) => image.startsWith(above) && image.length > above.length;
}
