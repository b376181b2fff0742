/** By which policies something was judged, as one digest: whoever keeps it sees later whether they have changed. */
import type { CompiledPolicy } from '../domain/policy/policy.ts';
import { digestOfSet } from '../text/sha256.ts';

type Speaking = Pick<CompiledPolicy, 'content' | 'mode'>;

/** Contents of the policies that have a say, sorted, each once: those in mode `audit` only look on, and change no verdict. */
export function contentsOf(policies: Iterable<Speaking>): readonly string[] {
  return [...new Set([...policies].filter(({ mode }) => mode !== 'audit').map(({ content }) => content))].toSorted();
}

/**
 * sha256 in hexadecimal over the content of these policies, in any order: of all that speak about an artifact, or about any artifact
 * of a list. It changes when one is added, taken away or changed, and when a signer, trust root or revocation of one does.
 */
export function policiesDigest(policies: Iterable<Speaking>): string {
  return digestOfSet(contentsOf(policies));
}
