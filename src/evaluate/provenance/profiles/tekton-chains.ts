/** Chains signs what it observes of a run; level 2, if the policy says that its signers are Chains. */
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Provenance } from '../model.ts';
import type { Assessment, BuilderProfile, PolicyWord } from './profile.ts';

/**
 * Tekton Chains, whose controller observes runs and signs outside their reach. Its builder id is whatever its operator
 * configured, so a policy should also name `builder`. Level 2 when the policy names this profile: what a run reports as
 * its results can be forged by its own steps, which level 3 excludes. The hermetic mode of a run is an annotation that whoever
 * starts the run writes, and that the run can undo; Chains vouches for no flag.
 */
export const tektonChains: BuilderProfile = {
  name: 'tekton-chains',
  builders: 'https://tekton.dev/chains/v2, or the builder.id that Chains is configured with',
  claims: ({ builderId, buildType }) =>
    builderId.value.startsWith('https://tekton.dev/') || /^(?:https:\/\/)?tekton\.dev\//.test(buildType.value),
  assess(_signer: ProvenSigner, _provenance: Provenance, { pinned }: PolicyWord): Assessment {
    return pinned
      ? { level: 2, because: 'the policy says that its signers are Tekton Chains', sets: [], mismatches: [] }
      : { level: 1, because: 'the policy does not say that its signers are Tekton Chains', sets: [], mismatches: [] };
  },
};
