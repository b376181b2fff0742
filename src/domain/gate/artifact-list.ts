/** The one text of a list of artifacts: a receipt for many has the digest of it as its subject, and the text lies in the workspace. */
import type { ArtifactKind, Usage } from '../artifact/artifact.ts';

/** What a list says of an artifact. */
export interface ListedArtifact {
  readonly kind: ArtifactKind;
  /** Canonical name. */
  readonly name: string;
  /** `sha256:…`, `sha512:…` or `gitCommit:…`. */
  readonly digest?: string | undefined;
  readonly usage: Usage;
}

/** Only these can be written in a line in exactly one way, and sorted alike by everybody (`LC_ALL=C sort -u`). */
const LISTABLE = /^[!-~]{1,2048}$/;

/** The name of the subject, and of the resource, of a receipt for a list. */
export const LIST_RESOURCE = 'gatehouse:list';

/**
 * The canonical text: a line `kind name digest usage` for each artifact, each line once, sorted by bytes, each ended by a line feed.
 * `undefined` where an artifact has no digest, or a name with white space or characters beyond ASCII.
 */
export function artifactListText(artifacts: readonly ListedArtifact[]): string | undefined {
  const lines = new Set<string>();
  for (const { kind, name, digest, usage } of artifacts) {
    if (digest === undefined || !LISTABLE.test(name) || !LISTABLE.test(digest)) return undefined;
    lines.add(`${kind} ${name} ${digest} ${usage}\n`);
  }
  return [...lines].toSorted().join('');
}
