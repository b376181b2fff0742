import { parseRevision } from '../../../src/domain/artifact/revision.ts';
import { sha256Hex } from '../../world/encode.ts';
import { attribute, field, gitsign } from '../../world/git/cms.ts';
import { octets } from '../../world/der.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../world/git/object.ts';
import { hashed, pgpArmour, pgpBlock, pgpKey, pgpSignature } from '../../world/git/pgp.ts';
import type { PgpSigning } from '../../world/git/pgp.ts';
import { sshLine, sshSignature } from '../../world/git/ssh.ts';
import type { SshSigning } from '../../world/git/ssh.ts';
import { COMMITTED } from '../gatehouse.ts';
import { NOW, rootDocument, signerDocument, world } from '../scene.ts';
import type { Question, Recipe } from '../recipe.ts';

const payload = commitOf();
const OTHER = commitOf({ message: 'Something else\n' });
const alice = world.key('ed25519');
const stranger = world.key('ed25519');
const primary = pgpKey(world.key('ed25519'));
const subkey = pgpKey(world.key('ed25519'), primary.created + 1);
const DEVELOPER = { san: 'alice@acme.test', issuer: 'https://accounts.acme.test' };

/** A commit, or another object, as a question about a commit under a policy that demands `source` or a signature. */
function asked(objects: readonly Buffer[], identity: object, { id = gitId('commit', objects[0] ?? payload), demand = { signature: { by: ['release'] } } }: { readonly id?: string; readonly demand?: object } = {}): Question {
  const digest = parseRevision(id);
  const [evidence, ...beside] = objects.map((bytes, index) => ({ format: 'git-object', source: `object ${index}`, bytes, digest: `sha256:${sha256Hex(bytes)}` }) as const);
  if (digest === undefined || evidence === undefined) throw new Error('no commit');
  const policy = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'source' }, spec: { artifacts: [{ git: COMMITTED }], require: [{ name: 'signed', ...demand }] } };
  return { evidence, beside, digest, now: NOW, artifact: { kind: 'git', name: COMMITTED }, documents: [rootDocument(world.trustedRoot()), signerDocument([identity]), policy] };
}

const BY_SSH = { key: { data: sshLine(alice) } };
const ssh = (change: Partial<SshSigning> = {}): Question => asked([signedCommit(payload, sshSignature({ key: alice, payload, ...change }))], BY_SSH);
const raw = (change: (text: string) => string): Question => {
  const changed = Buffer.from(change(payload.toString('latin1')), 'latin1');
  return asked([signedCommit(changed, sshSignature({ key: alice, payload: changed }))], BY_SSH);
};
const block = (more: Parameters<typeof pgpBlock>[0] = { primary }): object => ({ key: { data: pgpBlock(more) } });
const pgp = (change: Partial<PgpSigning> = {}, identity = block()): Question => asked([signedCommit(payload, pgpArmour('PGP SIGNATURE', pgpSignature({ by: primary, parts: [payload], ...change })))], identity);
const KEYLESS = { keyless: { issuer: DEVELOPER.issuer, subject: DEVELOPER.san, trustRoot: 'world' } };
const cms = (...more: Parameters<typeof gitsign> extends [unknown, unknown, ...infer Rest] ? Partial<Rest> : never): Question => {
  const [by = { identity: DEVELOPER }, proofs, change] = more;
  return asked([signedCommit(payload, gitsign(world, payload, by, proofs, change))], KEYLESS);
};

const signed = signedCommit(payload, sshSignature({ key: alice, payload }));
const id = gitId('commit', signed);
const tagged = (target: string, key = alice, type = 'commit'): Buffer => signedTag(tagOf(target, { type }), sshSignature({ key, payload: tagOf(target, { type }) }));
const tag = tagged(gitId('commit', payload));

/** Commits and tags of git. */
export const GIT: readonly Recipe[] = [
  { id: 'git-ssh-namespace', title: 'an SSH signature for files, over the bytes of a commit', expected: 'VERIFY_PAYLOAD_TYPE', forged: () => ssh({ namespace: 'file' }), twin: () => ssh() },
  { id: 'git-ssh-namespace-claimed', title: 'the same, written as one for git', expected: 'VERIFY_SIGNATURE_INVALID', forged: () => ssh({ signedNamespace: 'file' }), twin: () => ssh() },
  { id: 'git-ssh-sha1', title: 'an SSH signature with rsa-sha1', expected: 'VERIFY_ALGORITHM', forged: () => ssh({ algorithm: 'ssh-rsa' }), twin: () => ssh() },
  { id: 'git-ssh-other', title: 'the signature of one commit in another', expected: 'VERIFY_SIGNATURE_INVALID', forged: () => ssh({ payload: OTHER }), twin: () => ssh() },
  { id: 'git-author', title: 'alice\'s name and address as author, signed by a stranger', expected: 'VERIFY_SIGNER_UNTRUSTED', forged: () => ssh({ key: stranger }), twin: () => ssh() },
  { id: 'git-id', title: 'a commit that is signed, asked about by the id of another', expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => asked([signed], BY_SSH, { id: gitId('commit', OTHER) }), twin: () => asked([signed], BY_SSH, { id }) },
  { id: 'git-blob', title: 'the id of a file with the bytes of a signed commit', expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => asked([signed], BY_SSH, { id: gitId('blob', signed) }), twin: () => asked([signed], BY_SSH, { id }) },
  { id: 'git-tag-as-commit', title: 'the id of a signed tag, asked about as a commit', expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => asked([tag], BY_SSH, { id: gitId('tag', tag) }), twin: () => asked([tag], BY_SSH, { id: gitId('commit', payload) }) },
  { id: 'git-tag-of-tree', title: 'a signed tag that points to a tree of that id', expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => asked([tagged(id, alice, 'tree')], BY_SSH, { id }), twin: () => asked([tagged(id)], BY_SSH, { id }) },
  { id: 'git-two-signatures', title: 'a tag with a stranger\'s signature in front of alice\'s', expected: 'VERIFY_MALFORMED', forged: () => asked([signedTag(tagged(id, stranger), sshSignature({ key: alice, payload: tagged(id, stranger) }))], BY_SSH, { id }), twin: () => asked([tagged(id)], BY_SSH, { id }) },
  { id: 'git-nul', title: 'a NUL in the message, behind which tools do not look', expected: 'VERIFY_MALFORMED', forged: () => raw((text) => `${text}\0hidden`), twin: () => raw((text) => `${text}shown`) },
  { id: 'git-collision', title: 'noise in a SHA-1 commit, as blocks of a collision are', expected: 'VERIFY_MALFORMED', forged: () => raw((text) => `${text}\x7f\x46\xdc\x93\xa6\xb6\x7e\x01`), twin: () => raw((text) => `${text}noise`) },
  { id: 'git-two-trees', title: 'a second tree in front of the first', expected: 'VERIFY_MALFORMED', forged: () => raw((text) => `tree ${'c'.repeat(40)}\n${text}`), twin: () => raw((text) => text) },
  { id: 'git-pgp-sha1', title: 'an OpenPGP signature with SHA-1', expected: 'VERIFY_ALGORITHM', forged: () => pgp({ hash: 'sha1' }), twin: () => pgp() },
  { id: 'git-pgp-certification', title: 'a certification of a name in place of a signature over a document', expected: 'VERIFY_PAYLOAD_TYPE', forged: () => pgp({ type: 0x13 }), twin: () => pgp() },
  { id: 'git-pgp-stolen-subkey', title: 'a subkey that the owner claims and that has not agreed', expected: 'VERIFY_SIGNER_UNTRUSTED', forged: () => pgp({ by: subkey }, block({ primary, subkeys: [{ key: subkey, back: false }] })), twin: () => pgp({ by: subkey }, block({ primary, subkeys: [{ key: subkey }] })) },
  { id: 'git-pgp-revoked', title: 'a key that its owner has revoked', expected: 'refused when loaded', forged: () => pgp({}, block({ primary, before: [pgpSignature({ by: primary, type: 0x20, parts: [hashed(primary.body)] })] })), twin: () => pgp() },
  { id: 'git-pgp-older', title: 'an OpenPGP signature that is older than its key', expected: 'VERIFY_SIGNATURE_INVALID', forged: () => pgp({ at: primary.created - 1 }), twin: () => pgp() },
  { id: 'gitsign-content', title: 'a gitsign signature over another commit', expected: 'VERIFY_SIGNATURE_INVALID', forged: () => cms(undefined, {}, { content: OTHER }), twin: () => cms() },
  { id: 'gitsign-content-type', title: 'attributes that say that they are about a timestamp', expected: 'VERIFY_SIGNATURE_INVALID', forged: () => cms(undefined, {}, { contentType: '1.2.840.113549.1.9.16.1.4' }), twin: () => cms() },
  { id: 'gitsign-entry', title: 'a log entry of another signature', expected: 'VERIFY_LOG_INVALID', forged: () => cms(undefined, {}, { unsigned: () => [attribute('1.3.6.1.4.1.57264.3.1', octets(field.bytes(2, field.bytes(1, world.rekor.logId))))] }), twin: () => cms() },
  { id: 'gitsign-unlogged', title: 'no log entry at all', expected: 'VERIFY_LOG_MISSING', forged: () => cms(undefined, { log: 'none' }), twin: () => cms() },
  { id: 'gitsign-late', title: 'logged after the certificate had ended', expected: 'VERIFY_CERTIFICATE_EXPIRED', forged: () => cms(undefined, { override: { log: { at: NOW + 3_600_000 } } }), twin: () => cms() },
  { id: 'git-own-approval', title: 'a commit approved by who signed it', expected: 'POLICY_REVIEW', forged: () => approved(alice), twin: () => approved(reviewer) },
  { id: 'git-history', title: 'a history with a stranger\'s commit in it', expected: 'POLICY_HISTORY', forged: () => history(stranger), twin: () => history(alice) },
];

const reviewer = world.key('ed25519');

/** A commit by alice with a tag by somebody; both, and the reviewer, are names of whom one may sign and another approve. */
function approved(by: typeof alice): Question {
  const question = asked([signed, tagged(id, by)], BY_SSH, { demand: { source: { by: ['release'], approvedBy: ['release', 'reviewer'] } } });
  const other = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'reviewer' }, spec: { identities: [{ key: { data: sshLine(reviewer) } }] } };
  return { ...question, documents: [...question.documents, other] };
}

/** Two commits, the later one by alice. */
function history(by: typeof alice): Question {
  const first = commitOf({ parents: ['b'.repeat(40)] });
  const earlier = signedCommit(first, sshSignature({ key: by, payload: first }));
  const second = commitOf({ parents: [gitId('commit', earlier)] });
  return asked([signedCommit(second, sshSignature({ key: alice, payload: second })), earlier], BY_SSH, { demand: { source: { by: ['release'], since: ['b'.repeat(40)] } } });
}
