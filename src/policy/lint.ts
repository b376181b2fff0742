import type { CompiledSigner } from './compile-signer.ts';
import type { DraftPolicy } from './compile-policy.ts';
import type { Entry } from './catalogue.ts';
import { lintPolicy } from './lint-policy.ts';
import { lintSigner } from './lint-signer.ts';
import { lintPolicyPairs } from './lint-set.ts';
import type { SignerDocument } from './schema-signer.ts';

/** Everything that advice is given about. */
export interface Linted {
  readonly signers: readonly Entry<SignerDocument>[];
  readonly compiled: ReadonlyMap<string, CompiledSigner>;
  readonly drafts: readonly DraftPolicy[];
}

/** Reports as warnings what compiles, but trusts more, or demands less or more, than its author is likely to mean. */
export function lintPolicies({ signers, compiled, drafts }: Linted): void {
  for (const { name, report } of signers) {
    const signer = compiled.get(name);
    if (signer !== undefined) lintSigner(signer.signer, report);
  }
  for (const draft of drafts) lintPolicy(draft);
  lintPolicyPairs(drafts);
}
