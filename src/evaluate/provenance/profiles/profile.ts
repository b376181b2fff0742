/** What has to be known of a build platform: how to recognise it, who may sign for it, which level that is. */
import type { BuilderFlag, BuilderProfileName, BuildLevel } from '../../../domain/policy/build-requirement.ts';
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Mismatch } from '../../content/mismatch.ts';
import type { Provenance } from '../model.ts';

/** What a build platform's rules make of a proven signer and the provenance it signed. */
export interface Assessment {
  /** The SLSA build level that this pair of signer and builder can reach; the provenance's own word never raises it. */
  readonly level: BuildLevel;
  /** Why the level is this one, for messages. */
  readonly because: string;
  /** Flags that this platform sets itself, where neither what it builds nor who starts the build can reach. */
  readonly sets: readonly BuilderFlag[];
  /** What the provenance claims although its signer may not claim it, or is proven to be otherwise. */
  readonly mismatches: readonly Mismatch[];
}

/** A build platform: how its provenance is recognised, and who may sign it. */
export interface BuilderProfile {
  readonly name: BuilderProfileName;
  /** Builder ids of this platform, for messages. */
  readonly builders: string;
  /** True when the provenance says that it comes from this platform: then the platform's rules bind its signer. */
  claims(provenance: Provenance): boolean;
  assess(signer: ProvenSigner, provenance: Provenance, word: PolicyWord): Assessment;
}

/** What the policy itself says of signer and builder, and what no certificate can. */
export interface PolicyWord {
  /** It says by `profile` that its signers are this platform, which alone makes a key known. */
  readonly pinned: boolean;
  /** Its `builder` is one workflow at any of its refs, with owner, repository and file written out. */
  readonly namesBuilder: boolean;
  /** A signer who counts is one workflow, in the same way. */
  readonly namesSigner: boolean;
}
