/** Signer and builder count as a pair: a pair that no known platform has is level 1. */
import type { BuilderProfileName } from '../../../domain/policy/build-requirement.ts';
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Provenance } from '../model.ts';
import { buildkit } from './buildkit.ts';
import { githubAttestations } from './github-attestations.ts';
import { githubSigner, sourceDisagreements } from './github.ts';
import { googleCloudBuild } from './google-cloud-build.ts';
import { npm } from './npm.ts';
import type { Assessment, BuilderProfile, PolicyWord } from './profile.ts';
import { slsaGithubGenerator } from './slsa-github-generator.ts';
import { tektonChains } from './tekton-chains.ts';

/** Every build platform that is known: the one place to register another. */
export const PROFILES: Readonly<Record<BuilderProfileName, BuilderProfile>> = {
  'slsa-github-generator': slsaGithubGenerator,
  npm,
  'github-attestations': githubAttestations,
  'google-cloud-build': googleCloudBuild,
  'tekton-chains': tektonChains,
  buildkit,
};

const ALL: readonly BuilderProfile[] = Object.values(PROFILES);

/**
 * Derives the build level from the proven signer and the builder id, and checks that this signer may claim what the
 * provenance says ("Consumers MUST accept only specific signer–builder pairs", SLSA verifying-artifacts). A pair that no
 * platform knows is level 1, whatever the provenance says of itself. Without `named` it is the level that a policy can demand
 * which names builder and signer.
 */
export function assessBuilder(
  signer: ProvenSigner,
  provenance: Provenance,
  wanted?: BuilderProfileName,
  named: Omit<PolicyWord, 'pinned'> = { namesBuilder: true, namesSigner: true },
): Assessment {
  if (!namesBuilder(provenance)) return nobody(provenance);
  const profile = wanted === undefined ? ALL.find((candidate) => candidate.claims(provenance)) : PROFILES[wanted];
  if (profile === undefined) return unknownPair(signer, provenance);
  if (!profile.claims(provenance)) {
    const { value, path } = provenance.builderId;
    return {
      level: 1,
      because: `not provenance of ${profile.name}`,
      sets: [],
      mismatches: [
        { code: 'POLICY_PROVENANCE_BUILDER', claim: 'builder id', path, found: value, expected: `${profile.builders} (${profile.name})` },
      ],
    };
  }
  return profile.assess(signer, provenance, { ...named, pinned: wanted !== undefined });
}

/** True when the provenance says who built; SLSA wants it to, and BuildKit does so only when it is told a name. */
export function namesBuilder({ builderId }: Provenance): boolean {
  return builderId.value !== '';
}

/** A build by nobody meets no demand, not even one that leaves the builder open: every pair of signer and builder needs both. */
function nobody({ builderId: { path } }: Provenance): Assessment {
  return {
    level: 1,
    because: 'the provenance names no builder',
    sets: [],
    mismatches: [
      {
        code: 'POLICY_PROVENANCE_NO_BUILDER',
        claim: 'builder id',
        path,
        found: 'that is empty or missing',
        expected: 'that says who built',
      },
    ],
  };
}

/** A workflow with a builder id of its own invention still cannot claim a source that its certificate contradicts. */
function unknownPair(signer: ProvenSigner, provenance: Provenance): Assessment {
  const known = githubSigner(signer);
  const mismatches = known === undefined ? [] : sourceDisagreements(known.certificate, provenance);
  return { level: 1, because: 'signer and builder id are no pair that is known', sets: [], mismatches };
}
