/** A builder that anybody's workflow can be is worth what the certificate proves of the run. */
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Provenance } from '../model.ts';
import { githubSigner, notThisBuilder, onGithubMachine, proven, sourceDisagreements } from './github.ts';
import type { Assessment, BuilderProfile } from './profile.ts';

const RUNNER = 'https://github.com/actions/runner';

/**
 * Provenance that `npm publish --provenance` makes in GitHub Actions, and other tools that name the runner as builder.
 *
 * Anybody's workflow is this builder, so what is proven is only what the certificate says of the run: its source, and
 * whether the machine is GitHub's. At most level 2: the workflow itself calls the tool that signs, and could sign any flag.
 */
export const npm: BuilderProfile = {
  name: 'npm',
  builders: `${RUNNER}/github-hosted`,
  claims: ({ builderId }) => builderId.value === RUNNER || builderId.value.startsWith(`${RUNNER}/`),
  assess(signer: ProvenSigner, provenance: Provenance): Assessment {
    const known = githubSigner(signer);
    if (known === undefined)
      return {
        level: 1,
        because: 'the signer is no workflow',
        sets: [],
        mismatches: [notThisBuilder(provenance, 'a builder that its signer is: no workflow of GitHub signed this')],
      };
    const { certificate } = known;
    const environment = proven(certificate, 'runnerEnvironment');
    const claimed = provenance.builderId.value.slice(RUNNER.length + 1);
    const mismatches = [
      ...(claimed === '' || environment === undefined || environment === claimed
        ? []
        : [notThisBuilder(provenance, `${RUNNER}/${environment}, as the certificate proves`)]),
      ...sourceDisagreements(certificate, provenance),
    ];
    return onGithubMachine(certificate)
      ? { level: 2, because: 'a workflow on a machine of GitHub', sets: [], mismatches }
      : { level: 1, because: 'not proven to run on a machine of GitHub', sets: [], mismatches };
  },
};
