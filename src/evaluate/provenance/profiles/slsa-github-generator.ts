/** Level 3 on GitHub by reusable workflows that the calling workflow cannot change, at a release only. */
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Mismatch } from '../../content/mismatch.ts';
import type { Provenance } from '../model.ts';
import { parseWorkflow } from '../../../domain/artifact/workflow.ts';
import type { Workflow } from '../../../domain/artifact/workflow.ts';
import { githubSigner, notThisBuilder, proven, sourceDisagreements } from './github.ts';
import type { Assessment, BuilderProfile, PolicyWord } from './profile.ts';

const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator';
const DELEGATED = `${GENERATOR}/delegator-generic@v0`;
const DELEGATORS = /\/(?:delegator_generic|delegator_lowperms-generic)_slsa3\.yml$/;
const BUILDERS = /\/(?:builder_go|builder_container-based|generator_generic|generator_container)_slsa3\.yml$/;
/** A release, nothing that can move or that anybody may push: no branch, no pre-release (slsa-verifier, builder.go). */
const RELEASE = /^refs\/tags\/v(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)$/;

/**
 * The reusable workflows of slsa-github-generator: isolated from the workflow that calls them, therefore level 3. The
 * builder id must be the very workflow that the certificate names, at a release. Builders that delegate to it (BYOB) are
 * named by the provenance, whose delegator has looked at who called it; they too must be at a release. Anybody can write one, so they
 * are level 3 only where the policy names the builder.
 */
export const slsaGithubGenerator: BuilderProfile = {
  name: 'slsa-github-generator',
  builders: `${GENERATOR}/.github/workflows/*_slsa3.yml@refs/tags/v*`,
  claims: ({ builderId, buildType }) => builderId.value.startsWith(`${GENERATOR}/`) || buildType.value === DELEGATED,
  assess(signer: ProvenSigner, provenance: Provenance, { namesBuilder }: PolicyWord): Assessment {
    const known = githubSigner(signer);
    const workflow = known?.workflow;
    if (known === undefined || workflow?.repository !== GENERATOR) {
      return {
        level: 1,
        because: 'the signer is not slsa-github-generator',
        sets: [],
        mismatches: [notThisBuilder(provenance, 'a builder that its signer is: slsa-github-generator did not sign this')],
      };
    }
    const runner = proven(known.certificate, 'runnerEnvironment');
    const delegated = DELEGATORS.test(`/${workflow.path}`);
    return {
      ...(delegated && !namesBuilder
        ? { level: 2, because: 'a builder to which slsa-github-generator delegates, and which the policy does not name' }
        : { level: 3, because: 'a reusable workflow of slsa-github-generator at a release' }),
      sets: ['parameters', 'environment', 'dependencies'],
      mismatches: [
        ...builderMismatches(workflow, signerName(signer), provenance),
        ...(runner === undefined || runner === 'github-hosted'
          ? []
          : [notThisBuilder(provenance, `a builder on a machine of GitHub, not ${runner}`)]),
        ...sourceDisagreements(known.certificate, provenance),
      ],
    };
  },
};

function signerName(signer: ProvenSigner): string {
  return signer.kind === 'certificate' ? signer.subject.value : signer.keyId;
}

function builderMismatches(workflow: Workflow, name: string, provenance: Provenance): readonly Mismatch[] {
  if (!RELEASE.test(workflow.ref)) return [notThisBuilder(provenance, `a release of the builder (@refs/tags/vX.Y.Z), not ${workflow.ref}`)];
  const file = `/${workflow.path}`;
  if (BUILDERS.test(file)) return provenance.builderId.value === name ? [] : [notThisBuilder(provenance, `${name}, which signed`)];
  if (!DELEGATORS.test(file)) return [notThisBuilder(provenance, `a build workflow of the generator, not ${workflow.path}`)];
  const delegated = parseWorkflow(provenance.builderId.value);
  return delegated !== undefined && RELEASE.test(delegated.ref)
    ? []
    : [notThisBuilder(provenance, 'a builder workflow at a release (@refs/tags/vX.Y.Z)')];
}
