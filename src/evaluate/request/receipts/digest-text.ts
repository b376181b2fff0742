/** Digests as type hints write them: of bytes, or a commit, which also `sha1:` or nothing at all may stand before. */
import { parseDigest } from '../../../domain/artifact/digest.ts';
import type { Digest } from '../../../domain/artifact/digest.ts';
import { parseRevision } from '../../../domain/artifact/revision.ts';
import type { Revision } from '../../../domain/artifact/revision.ts';

/** Reads a digest in its one spelling; `undefined` for upper case, for a part of one and for unknown algorithms. */
export function digestIn(text: string): Digest | Revision | undefined {
  return parseDigest(text) ?? commitIn(text);
}

/** Reads a commit: `sha1:…`, `gitCommit:…`, or the bare id. */
export function commitIn(text: string): Revision | undefined {
  return parseRevision(text.replace(/^(?:sha1|gitCommit):/, ''));
}

/** The digest behind the last `@` of a reference, and what stands before it; `written` is what stands there, read or not. */
export function splitReference(text: string): { readonly uri: string; readonly written?: string } {
  const at = text.lastIndexOf('@');
  const written = text.slice(at + 1);
  return at < 0 || !/^(?:[A-Za-z0-9]+:|[0-9a-f]{40}$|[0-9a-f]{64}$)/.test(written) ? { uri: text } : { uri: text.slice(0, at), written };
}
