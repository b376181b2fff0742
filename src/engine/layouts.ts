import type { TrustMaterial, UnverifiedEvidence } from '../domain/evidence.ts';

/** Formats in which a link or a sublayout may come. */
const LINK_FORMATS = new Set<string>(['dsse', 'cosign-dsse', 'in-toto']);

/** Files that are looked at as links of one artifact. */
const MOST_FILES = 1000;

/**
 * All evidence that may be links, as the one piece in which layouts are proven; `undefined` when no policy carries a
 * layout. Its digest stands for all parts, so that a chain is proven once for the same set of files.
 */
export function linksOf(evidence: readonly UnverifiedEvidence[], trust: TrustMaterial): UnverifiedEvidence | undefined {
  if (trust.layouts === undefined || trust.layouts.length === 0) return undefined;
  const parts = evidence.filter(({ format }) => LINK_FORMATS.has(format)).slice(0, MOST_FILES);
  return {
    format: 'layout-links',
    source: 'the links of the artifact',
    bytes: new Uint8Array(),
    digest: parts.map(({ digest }) => digest).join('+'),
    parts,
  };
}
