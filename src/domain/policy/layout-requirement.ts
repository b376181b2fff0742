/** The demand that an artifact came out of a described supply chain: by a layout its owners signed, or by steps in the policy. */
import type { Condition } from './content-check.ts';
import type { EvidenceProblem, TrustedKey } from '../evidence.ts';
import type { LayoutItem, ProvenChain } from './layout.ts';
import type { Signer } from './requirement.ts';
import type { RevocationBook } from './revocation.ts';

/** A signed in-toto layout that a policy carries, with its owners' keys: with what links can be proven. */
export interface TrustedLayout {
  /** Hash over document and keys. */
  readonly id: string;
  /** JSON text of the layout, signed: `{signed, signatures}` or a DSSE envelope. */
  readonly document: string;
  /** Each of them must have signed it, with any one of his keys. */
  readonly owners: readonly LayoutOwner[];
  /** Further owners, by in-toto key object as JSON text (OpenPGP keys among them). */
  readonly ownerKeys: readonly string[];
}

export interface LayoutOwner {
  readonly name: string;
  readonly keys: readonly TrustedKey[];
}

/** What the signatures on a layout and on the links beside the artifact came to. */
export type LayoutProof =
  | { readonly layoutId: string; readonly ok: true; readonly chain: ProvenChain }
  | { readonly layoutId: string; readonly ok: false; readonly problem: Omit<EvidenceProblem, 'source'> };

/** The artifact came out of a supply chain that is as a layout describes it. */
export type LayoutRequirement = SignedLayoutRequirement | StepsRequirement;

/** A classic in-toto layout, signed by its owners; links lie beside the artifact. */
export interface SignedLayoutRequirement {
  readonly kind: 'layout';
  readonly form: 'signed';
  readonly name: string;
  readonly layoutId: string;
  /** Owners that are Signers: their windows and revocations bind the layout. */
  readonly owners: readonly Signer[];
  /** Those of all lists, which bind whoever acts for the layout: owners by key as well, and the functionaries of every step. */
  readonly revocations: readonly RevocationBook[];
  readonly parameters: ReadonlyMap<string, string>;
  readonly dataOnlyInspections: readonly string[];
  /** Path of the product that must be the artifact; absent: any product of the last step. */
  readonly product?: string;
}

/** Steps over attestations of the artifact. */
export interface StepsRequirement {
  readonly kind: 'layout';
  readonly form: 'steps';
  readonly name: string;
  readonly steps: readonly RequiredStep[];
  readonly chained: boolean;
  readonly sameRun: boolean;
}

/** One step: enough of these signers attested it, by statements of one exact predicate type. */
export interface RequiredStep extends LayoutItem {
  readonly type: string;
  readonly by: readonly Signer[];
  readonly threshold: number;
  /** Milliseconds since the proven signing time. */
  readonly maxAge?: number;
  /** All must hold for a statement to count. */
  readonly where: readonly Condition[];
  /** Hash over the conditions: names them in the key of every examination. */
  readonly id: string;
}
