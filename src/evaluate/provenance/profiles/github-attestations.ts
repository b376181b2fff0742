/** A workflow of GitHub that attests its own build is the builder that its certificate names. */
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Provenance } from '../model.ts';
import { parseWorkflow } from '../../../domain/artifact/workflow.ts';
import { callingRepository, githubSigner, notThisBuilder, onGithubMachine, sourceDisagreements } from './github.ts';
import type { Assessment, BuilderProfile, PolicyWord } from './profile.ts';

/**
 * GitHub artifact attestations (actions/attest-build-provenance), and every workflow that names itself as builder.
 *
 * The builder id must be the workflow that the certificate names. On GitHub's machines that is level 2; level 3 when the
 * workflow belongs to another repository than the source, so that the source's owner cannot change it, stands at a tag or
 * commit, and is the one that the policy names: anybody can write a reusable workflow. Level 1 elsewhere.
 */
export const githubAttestations: BuilderProfile = {
  name: 'github-attestations',
  builders: 'https://github.com/OWNER/REPOSITORY/.github/workflows/FILE@REF',
  claims: ({ builderId }) => parseWorkflow(builderId.value) !== undefined,
  assess(signer: ProvenSigner, provenance: Provenance, { namesBuilder, namesSigner }: PolicyWord): Assessment {
    const known = githubSigner(signer);
    if (known === undefined)
      return {
        level: 1,
        because: 'the signer is no workflow',
        sets: [],
        mismatches: [notThisBuilder(provenance, 'a builder that its signer is: no workflow of GitHub signed this')],
      };
    const { certificate, workflow } = known;
    const name = certificate.subject.value;
    const mismatches = [
      ...(provenance.builderId.value === name ? [] : [notThisBuilder(provenance, `${name}, which signed`)]),
      ...sourceDisagreements(certificate, provenance),
    ];
    if (!onGithubMachine(certificate)) return { level: 1, because: 'not proven to run on a machine of GitHub', sets: [], mismatches };
    const caller = callingRepository(certificate);
    if (caller === undefined || caller.toLowerCase() === workflow.repository.toLowerCase())
      return { level: 2, because: 'a workflow of the repository that it builds', sets: [], mismatches };
    if (!STANDS.test(workflow.ref))
      return { level: 2, because: `a reusable workflow at ${workflow.ref}, which is no tag and no commit`, sets: [], mismatches };
    return namesBuilder || namesSigner
      ? { level: 3, because: 'a reusable workflow of another repository than the one that it builds', sets: [], mismatches }
      : { level: 2, because: 'a reusable workflow that neither builder nor signers of the policy name', sets: [], mismatches };
  },
};

/** Refs that do not move with every push, nor come from whoever asks for a pull. */
const STANDS = /^(?:refs\/tags\/.+|[0-9a-f]{40})$/;
