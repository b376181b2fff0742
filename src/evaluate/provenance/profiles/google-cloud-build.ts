/** Cloud Build signs with keys, so only the policy can say that a key is Cloud Build's. */
import type { ProvenSigner } from '../../../domain/policy/identity.ts';
import type { Provenance } from '../model.ts';
import { notThisBuilder } from './github.ts';
import type { Assessment, BuilderProfile, PolicyWord } from './profile.ts';

const WORKER = 'https://cloudbuild.googleapis.com/GoogleHostedWorker';
const IDS: readonly string[] = [WORKER, `${WORKER}@v0.2`, `${WORKER}@v0.3`, `${WORKER}@v1`];

/**
 * Google Cloud Build. It signs with keys, and a key says nothing about who holds it: only a policy that names this profile
 * says that its signers' keys are Google's, and then the level is 3.
 */
export const googleCloudBuild: BuilderProfile = {
  name: 'google-cloud-build',
  builders: IDS.join(', '),
  claims: ({ builderId }) => builderId.value.startsWith(WORKER),
  assess(signer: ProvenSigner, provenance: Provenance, { pinned }: PolicyWord): Assessment {
    const known = IDS.includes(provenance.builderId.value);
    const mismatches =
      signer.kind === 'key' && known
        ? []
        : [notThisBuilder(provenance, known ? 'a builder that its signer is: Cloud Build signs with keys' : IDS.join(' or '))];
    return pinned
      ? { level: 3, because: 'the policy says that its signers are Cloud Build', sets: [], mismatches }
      : { level: 1, because: 'a key, and the policy does not say that it is Cloud Build', sets: [], mismatches };
  },
};
