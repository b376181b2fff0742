import type { Revision } from '../../../../src/domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { makeEvidence } from '../../../../src/fetch/oci/content.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { sshSignature } from '../../../world/git/ssh.ts';
import type { SigningKey } from '../../../world/keys.ts';
import { demanding, rowsAt } from './row.ts';
import type { Row } from './row.ts';
import { keys } from './world.ts';

/** Rows of `source`: two commits that alice signed, one after the other, and a tag that bob put on the later one. */
const START = 'b'.repeat(40);
const NAME = 'https://github.com/acme/app';

function commitBy(key: SigningKey, parent: string): Buffer {
  const payload = commitOf({ parents: [parent] });
  return signedCommit(payload, sshSignature({ key, payload }));
}

const earlier = commitBy(keys.alice, START);
const later = commitBy(keys.alice, gitId('commit', earlier));
const id = gitId('commit', later);
const tag = signedTag(tagOf(id), sshSignature({ key: keys.bob, payload: tagOf(id) }));
const evidence: readonly UnverifiedEvidence[] = [later, earlier, tag].map((bytes, index) => makeEvidence('git-object', `object ${index}`, bytes));

const make = rowsAt('ClusterArtifactPolicy', demanding(
  { source: { by: ['alice'] } },
  { others: { [`gitCommit:${id}`]: evidence }, artifact: { kind: 'git', usage: 'source', path: 'artifacts[0]', raw: `git+${NAME}@${id}`, name: NAME, digest: `gitCommit:${id}` as Revision } },
  { artifacts: [{ git: 'https://github.com/acme/*' }] },
), 'spec.require.0.source');

export const sourceRows: readonly Row[] = [
  make('by', ['stranger'], 'VERIFY_SIGNER_UNTRUSTED'),
  make('approvedBy', ['carol'], 'POLICY_REVIEW'),
  make('approvedBy', ['bob'], 'POLICY_SATISFIED', { base: { approvedBy: ['carol'] }, from: 'POLICY_REVIEW' }),
  make('since', ['c'.repeat(40)], 'FETCH_NOT_GIVEN'),
  make('since', [START], 'POLICY_SATISFIED', { base: { since: ['c'.repeat(40)] }, from: 'FETCH_NOT_GIVEN' }),
];
