/** `gatehouse inspect git:…`: of whatever sort the signature is, the requirement that stands ready to paste asks that the commit itself is signed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import { pae } from '../world/encode.ts';
import { gitsign, smime } from '../world/git/cms.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../world/git/object.ts';
import { pgpArmour, pgpBlock, pgpKey, pgpSignature } from '../world/git/pgp.ts';
import { sshLine, sshSignature } from '../world/git/ssh.ts';
import { makeKey, signWith } from '../world/keys.ts';
import { createOwnPki } from '../world/own-pki.ts';
import { createWorld } from '../world/world.ts';

const NOW = Date.now();
const world = createWorld({ now: NOW });
const pki = createOwnPki(NOW);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-inspect-commits-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string | Buffer, ending = ''): string {
  const path = join(folder, `${(files += 1)}${ending}`);
  writeFileSync(path, content);
  return path;
}
const document = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const roots = (): readonly string[] => ['-p', file([document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } }), document('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } })].join('\n---\n'), '.yaml')];

/** Somebody who signs, and what has to be given to know him. */
interface Developer {
  readonly sign: (payload: Buffer) => string;
  readonly flags: () => readonly string[];
}

function byShell(type: 'ed25519' | 'p256'): Developer {
  const key = makeKey(type);
  return { sign: (payload) => sshSignature({ key, payload }), flags: () => ['--key', file(sshLine(key))] };
}
function byGitsign(san: string): Developer {
  return { sign: (payload) => gitsign(world, payload, { identity: { san, issuer: 'https://accounts.acme.test' } }), flags: roots };
}
function byCertificate(name: string): Developer {
  const { key, certificate } = pki.issue({ subject: [['O', 'Acme'], ['CN', name]], usages: ['emailProtection'], names: [{ type: 'email', value: `${name}@acme.example` }] });
  return { sign: (payload) => smime(payload, { key, certificate, chain: [pki.intermediate.certificate] }, NOW), flags: roots };
}
function byPgp(): Developer {
  const primary = pgpKey(makeKey('ed25519'));
  return { sign: (payload) => pgpArmour('PGP SIGNATURE', pgpSignature({ by: primary, parts: [payload] })), flags: () => ['--key', file(pgpBlock({ primary }))] };
}

const commit = (by: Developer | undefined, more: Parameters<typeof commitOf>[0] = {}): Buffer => {
  const payload = commitOf(more);
  return by === undefined ? payload : signedCommit(payload, by.sign(payload));
};
const tag = (by: Developer, id: string, name = 'v1'): Buffer => {
  const raw = tagOf(id, { name });
  return signedTag(raw, by.sign(raw));
};
const asked = (command: string, id: string, objects: readonly Buffer[], flags: readonly string[]) =>
  ranCommandLine(command, `git:https://github.com/acme/app@${id}`, '--offline', ...objects.flatMap((one) => ['--evidence', file(one)]), ...flags);
const inspect = (objects: readonly Buffer[], flags: readonly string[], id = gitId('commit', objects[0] ?? Buffer.alloc(0))) => asked('inspect', id, objects, flags);

/** Exit code of verify under the policy as it is given, which enforces. */
async function pasted(policy: string, objects: readonly Buffer[], id = gitId('commit', objects[0] ?? Buffer.alloc(0))): Promise<number> {
  expect(policy).toContain('\n  mode: warn\n');
  const path = file(policy.replace('\n  mode: warn\n', '\n  mode: enforce\n'), '.yaml');
  const { code } = await asked('verify', id, objects, ['-p', path, ...roots()]);
  return code;
}
const requirements = (policy: string): readonly string[] => [...policy.matchAll(/^ {4}- \{name: [^,]*, (.*)\}$/gm)].map(([, text = '']) => text);

describe.each<[string, Developer, Developer]>([
  ['an SSH key', byShell('ed25519'), byShell('p256')],
  ['gitsign', byGitsign('alice@acme.test'), byGitsign('bob@acme.test')],
  ['an X.509 certificate (S/MIME)', byCertificate('alice'), byCertificate('bob')],
  ['an OpenPGP key', byPgp(), byPgp()],
])('a commit that is signed by %s', (_, alice, bob) => {
  const both = (): readonly string[] => alice.flags === roots ? roots() : [...alice.flags(), ...bob.flags()];

  test('is asked for as one that is signed itself, and a tag does not do for it', async () => {
    const { code, stdout } = await inspect([commit(alice)], both());
    expect([code, requirements(stdout)]).toEqual([0, ['source: {by: [signer-1]}']]);
    expect(stdout).toMatch(/# More could be asked: approvedBy: \[SIGNER\] \(another person[^]*# More could be asked: since: \["COMMIT"\]/);
    expect(await pasted(stdout, [commit(alice)])).toBe(0);
    expect(await pasted(stdout, [commit(bob)])).toBe(1);
    expect(await pasted(stdout, [commit(undefined), tag(alice, gitId('commit', commit(undefined)))])).toBe(1);
  }, 60_000);

  test('and whose tag another person signed is asked for with his approval', async () => {
    const object = commit(alice);
    const id = gitId('commit', object);
    const { code, stdout } = await inspect([object, tag(bob, id)], both());
    expect([code, requirements(stdout), stdout.match(/^kind: Signer$/gm)?.length]).toEqual([0, ['source: {by: [signer-1], approvedBy: [signer-2]}'], 2]);
    expect(stdout).not.toContain('More could be asked: approvedBy');
    expect(stdout).toMatch(/# Found: a signature in the commit itself, [^]*# Found: a signature in tag v1, /);
    expect(await pasted(stdout, [object, tag(bob, id)])).toBe(0);
    expect(await pasted(stdout, [object])).toBe(1);
    expect(await pasted(stdout, [object, tag(alice, id)])).toBe(1);
  }, 60_000);
});

describe('what is written of a commit', () => {
  const [alice, bob, carol, stranger] = [byShell('ed25519'), byShell('ed25519'), byPgp(), byShell('ed25519')];
  const known = (): readonly string[] => [...alice.flags(), ...bob.flags(), ...carol.flags()];

  test('takes the approval of each who has tagged it, and none of who signed it or of a stranger', async () => {
    const object = commit(alice);
    const id = gitId('commit', object);
    const { stdout } = await inspect([object, tag(bob, id), tag(carol, id, 'v2'), tag(stranger, id, 'v3')], known());
    expect(requirements(stdout)).toEqual(['source: {by: [signer-1], approvedBy: [signer-2, signer-3]}']);
    expect(await pasted(stdout, [object, tag(carol, id)])).toBe(0);
    const own = await inspect([object, tag(alice, id), tag(stranger, id, 'v3')], known());
    expect([own.code, requirements(own.stdout)]).toEqual([0, ['source: {by: [signer-1]}']]);
  }, 60_000);

  test('asks for a signature of either where only its tag is signed, and for nothing where nobody who is known signed anything', async () => {
    const object = commit(undefined);
    const id = gitId('commit', object);
    const { code, stdout } = await inspect([object, tag(bob, id)], known());
    expect([code, requirements(stdout)]).toEqual([0, ['signature: {by: [signer-1]}']]);
    expect(await pasted(stdout, [object, tag(bob, id)])).toBe(0);
    expect(await inspect([object], known())).toMatchObject({ code: 1, stdout: '' });
    expect(await inspect([commit(stranger)], known())).toMatchObject({ code: 1, stdout: '' });
  }, 60_000);

  test('is the same in a repository with SHA-256', async () => {
    const payload = commitOf({ tree: 'a'.repeat(64) });
    const object = signedCommit(payload, alice.sign(payload), 'gpgsig-sha256');
    const { code, stdout } = await inspect([object], known(), gitId('commit', object, 'sha256'));
    expect([code, requirements(stdout)]).toEqual([0, ['source: {by: [signer-1]}']]);
    expect(await pasted(stdout, [object], gitId('commit', object, 'sha256'))).toBe(0);
  }, 60_000);

  test('holds once it asks for what more it says: the approval of another, and the history', async () => {
    const base = gitId('commit', commit(undefined));
    const [object, other] = [commit(alice, { parents: [base] }), commit(alice, { parents: [gitId('commit', commit(stranger, { parents: [base] }))] })];
    const { stdout } = await inspect([object], known());
    const tighter = stdout.replace('source: {by: [signer-1]}', `source: {by: [signer-1], since: ["${base}"]}`);
    expect(await pasted(tighter, [object])).toBe(0);
    expect(await pasted(tighter, [other, commit(stranger, { parents: [base] })])).toBe(1);
    const bobs = (await inspect([commit(bob)], known())).stdout.split('\n---\n')[0]?.replace('signer-1', 'bob').replace(/^#.*\n/gm, '') ?? '';
    const approved = `${bobs}\n---\n${stdout.replace('source: {by: [signer-1]}', 'source: {by: [signer-1], approvedBy: [bob]}')}`;
    expect(await pasted(approved, [object, tag(bob, gitId('commit', object))])).toBe(0);
    expect(await pasted(approved, [object])).toBe(1);
  }, 60_000);

  test('is open while nobody knows whether the certificate in it is revoked, where that is demanded', async () => {
    const object = commit(byCertificate('dora'));
    const shown = (mode: string) => ranCommandLine('inspect', `git:https://github.com/acme/app@${gitId('commit', object)}`, '--evidence', file(object), '--plain-http', '127.0.0.1',
      '-p', file(document('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem, revocation: { mode, crls: ['http://127.0.0.1:9/none'] } } }), '.yaml'));
    expect(await shown('hard')).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/not asked for: a signature .*VERIFY_REVOCATION_UNKNOWN/) as string });
    const { code, stdout } = await shown('soft');
    expect([code, requirements(stdout)]).toEqual([0, ['source: {by: [signer-1]}']]);
  }, 60_000);

  test('is what its tags and attestations say where it was not handed over, which is told; with neither it is open', async () => {
    const id = gitId('commit', commit(alice));
    const { code, stdout, stderr } = await inspect([tag(bob, id)], known(), id);
    expect([code, requirements(stdout), stderr]).toEqual([0, ['signature: {by: [signer-1]}'], expect.stringContaining('FETCH_NOT_GIVEN')]);
    expect(await inspect([], known(), id)).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/FETCH_NOT_GIVEN[^]*--repo DIR/) as string });
    expect(await inspect([tag(stranger, id)], known(), id)).toMatchObject({ code: 3, stdout: '' });
    const key = world.key();
    const statement = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [{ digest: { gitCommit: id } }], predicateType: 'https://acme.example/tested/v1', predicate: {} }));
    const payloadType = 'application/vnd.in-toto+json';
    const said = Buffer.from(JSON.stringify({ payloadType, payload: statement.toString('base64'), signatures: [{ sig: signWith(key, pae(payloadType, statement)).toString('base64') }] }));
    expect(await inspect([said], ['--key', file(key.publicKeyPem)], id)).toMatchObject({ code: 0, stdout: expect.stringContaining('attestation: {by: [signer-1], type: "https://acme.example/tested/v1"}') as string });
  }, 60_000);
});
