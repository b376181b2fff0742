/** BuildKit signs nothing itself, so only the policy can say that its flags are to be believed. */
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Provenance } from '../model.ts';
import { githubSigner, sourceDisagreements } from './github.ts';
import type { Assessment, BuilderProfile, PolicyWord } from './profile.ts';

const BUILD_TYPES: readonly string[] = [
  'https://mobyproject.org/buildkit@v1',
  'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
];

/**
 * BuildKit (docker buildx), whose daemon writes the provenance of what it builds. It does not sign, and its builder id is
 * what the client told it; so only the policy can say that its signers pass on what BuildKit wrote, and then the flags that BuildKit sets
 * count. On which machine it ran nobody has proven: level 1.
 */
export const buildkit: BuilderProfile = {
  name: 'buildkit',
  builders: 'the builder id that BuildKit was given, with a build type of BuildKit',
  claims: ({ buildType }) => BUILD_TYPES.includes(buildType.value),
  assess(signer: ProvenSigner, provenance: Provenance, { pinned }: PolicyWord): Assessment {
    const known = githubSigner(signer);
    const mismatches = known === undefined ? [] : sourceDisagreements(known.certificate, provenance);
    return {
      level: 1,
      because: 'BuildKit proves nothing about the machine that it runs on',
      sets: pinned ? ['hermetic', 'parameters', 'environment', 'dependencies'] : [],
      mismatches,
    };
  },
};
