// Commits by the front door of the gate: raw objects come with the question, and a fetching task is told whether it may go on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateCodes, startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../world/git/object.ts';
import { sshLine, sshSignature } from '../world/git/ssh.ts';
import { makeKey } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';

const [alice, bob, stranger] = [makeKey('ed25519'), makeKey('p256'), makeKey('ed25519')];
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n`;
const DOCUMENTS = [
  document('Signer', 'dev-alice', { identities: [{ key: { data: sshLine(alice) } }] }), document('Signer', 'dev-bob', { identities: [{ key: { data: sshLine(bob) } }] }),
  document('ClusterArtifactPolicy', 'commits', { artifacts: [{ git: 'https://github.com/acme/*' }], require: [{ name: 'signed and approved', source: { by: ['dev-alice', 'dev-bob'], approvedBy: ['dev-alice', 'dev-bob'] } }] }),
].join('---\n');

let gate: GateServer;
beforeAll(async () => { gate = await startGate({ policies: () => ({}), documents: () => DOCUMENTS, namespaces: { ci: { factory: 'true' } } }); });
afterAll(() => gate.close());

function commitBy(key: SigningKey): Buffer {
  const payload = commitOf();
  return signedCommit(payload, sshSignature({ key, payload }));
}
function tagBy(key: SigningKey, commit: Buffer): Buffer {
  const raw = tagOf(gitId('commit', commit));
  return signedTag(raw, sshSignature({ key, payload: raw }));
}
const asked = (objects: readonly Buffer[], id = gitId('commit', objects[0] ?? Buffer.alloc(0))) => ({
  artifacts: [{ kind: 'git', uri: 'git+https://github.com/acme/app', digest: `gitCommit:${id}`, usedAs: 'source', evidence: [{ gitObjects: objects.map((one) => one.toString('base64')) }] }],
});

test('a commit is admitted by who signed it and who tagged it', async () => {
  const commit = commitBy(alice);
  expect((await gate.admit(gate.pod(), asked([commit, tagBy(bob, commit)]))).decision).toBe('admit');
  expect(gateCodes(await gate.admit(gate.pod(), asked([commit])))).toEqual(['POLICY_REVIEW']);
  expect(gateCodes(await gate.admit(gate.pod(), asked([commit, tagBy(alice, commit)])))).toEqual(['POLICY_REVIEW']);
  expect(gateCodes(await gate.admit(gate.pod(), asked([commitBy(stranger)])))).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
});

test('what is handed over counts for the commit that it is, whatever the question calls it', async () => {
  const commit = commitBy(alice);
  expect(gateCodes(await gate.admit(gate.pod(), asked([commit, tagBy(bob, commit)], 'b'.repeat(40))))).toEqual(['VERIFY_SUBJECT_MISMATCH']);
});

test('a commit that is not handed over is neither signed nor unsigned, and the answer says how it is', async () => {
  const commit = commitBy(alice);
  const id = gitId('commit', commit);
  const uri = `git+https://github.com/acme/app@${id}`;
  const { decision, artifacts } = await gate.admit(gate.pod(), { artifacts: [{ kind: 'git', uri }] });
  expect([decision, artifacts[0]?.findings]).toMatchObject(['undetermined', [{ code: 'FETCH_NOT_GIVEN', verdict: 'undetermined', expected: [`the raw object of commit ${id}`], fix: expect.stringMatching(/gitObjects.*git cat-file commit ID \| base64/) }]]);
  expect(gateCodes(await gate.admit(gate.pod(), asked([tagBy(bob, commit)], id)))).toEqual(['FETCH_NOT_GIVEN']);
  // As the fix says, with nothing else changed: then the signature decides, and the lack of one.
  expect((await gate.admit(gate.pod(), asked([tagBy(bob, commit), commit], id))).decision).toBe('admit');
  expect(gateCodes(await gate.admit(gate.pod(), asked([commitOf()])))).toEqual(['FETCH_NONE_FOUND']);
  // An attestation about it is not the commit.
  const beside = { artifacts: [{ kind: 'git', uri, evidence: [{ payloadType: 'application/vnd.in-toto+json', payload: 'e30=', signatures: [{ sig: 'AAAA' }] }] }] };
  expect(gateCodes(await gate.admit(gate.pod(), beside))).not.toContain('FETCH_NONE_FOUND');
});
