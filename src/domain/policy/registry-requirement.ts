/** What policies demand of the word of an ecosystem's own registry: which bytes a name has, and nothing of who made them. */
import type { EvidenceFormat } from '../evidence.ts';
import type { Signer } from './requirement.ts';

/** The registry of the ecosystem says that this name and version have these bytes. */
export interface RegistryRequirement {
  readonly kind: 'registry';
  readonly name: string;
  /** Who must have signed it: the registry, or its checksum database. Empty: nobody has to. */
  readonly by: readonly Signer[];
  /** Distinct signers with distinct keys; at least 1 unless `by` is empty. */
  readonly threshold: number;
  /** That the index lists the digest is enough, although nobody has signed it. */
  readonly checksum?: 'accepted';
  /** Refuses a version without provenance where an earlier one had it. */
  readonly noDowngrade?: true;
  /** What the publisher has withdrawn may be used all the same. */
  readonly yanked?: 'allow';
}

/** In the place of a predicate type, on problems of what a registry signs: no statement has it. */
export const REGISTRY_WORD = 'the word of a registry';

const WORDS: ReadonlySet<EvidenceFormat> = new Set(['npm-signature', 'go-checksum']);

/** True for evidence by which a registry says which bytes have a name. */
export function isRegistryWord({ format }: { readonly format: EvidenceFormat }): boolean {
  return WORDS.has(format);
}
