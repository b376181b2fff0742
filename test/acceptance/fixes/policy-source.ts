/** Reasons about commits themselves: who is refused, and what becomes of him when he obeys. */
import type { Revision } from '../../../src/domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { commitOf, gitId, signedCommit } from '../../world/git/object.ts';
import { sshLine, sshSignature } from '../../world/git/ssh.ts';
import { document, policy, world } from './support.ts';
import type { Obeyed } from './support.ts';

const developer = world.key('ed25519');
const START = 'b'.repeat(40);

/** A commit that the developer's SSH key signs. */
function committed(parent: string): Buffer {
  const payload = commitOf({ parents: [parent] });
  return signedCommit(payload, sshSignature({ key: developer, payload }));
}

function piece(bytes: Buffer): UnverifiedEvidence {
  return { format: 'git-object', source: `commit ${gitId('commit', bytes)}`, bytes, digest: `sha256:${gitId('commit', bytes, 'sha256')}` };
}

const earlier = committed(START);
const later = committed(gitId('commit', earlier));
const artifact = { kind: 'git', usage: 'source', name: 'https://github.com/acme/app', raw: 'git+https://github.com/acme/app', digest: `gitCommit:${gitId('commit', later)}` as Revision } as const;
const policies = document('Signer', 'developer', { identities: [{ key: { data: sshLine(developer) } }] })
  + policy({ source: { by: ['developer'], since: [START] } }, { artifacts: [{ git: 'https://github.com/acme/*' }] });

/** Each code about commits. */
export const SOURCE_FIXES = {
  POLICY_HISTORY: {
    refused: { policies, artifact, evidence: [], others: { [artifact.digest]: [piece(later)] } },
    fix: /hand over the raw objects of all commits since the one that the policy names/, says: /was not given/,
    obeyed: { policies, artifact, evidence: [], others: { [artifact.digest]: [piece(later), piece(earlier)] } },
  },
} satisfies Record<string, Obeyed>;
