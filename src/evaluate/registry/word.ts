/** What the registry of an ecosystem signs of whatever it serves is its word about names and bytes, and nobody's about an artifact. */
import type { EvidenceFormat } from '../../domain/evidence.ts';

const WORDS: ReadonlySet<EvidenceFormat> = new Set(['npm-signature', 'go-checksum']);

/** True for evidence by which a registry says which bytes have a name: it counts for `registry` alone. */
export function isRegistryWord(format: EvidenceFormat): boolean {
  return WORDS.has(format);
}
