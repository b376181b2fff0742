/** `gatehouse verify git:…`: commits by the raw objects of a clone, of which nothing is run and nothing believed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../../support/command-line.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../world/git/object.ts';
import { pgpArmour, pgpBlock, pgpKey, pgpSignature } from '../../world/git/pgp.ts';
import { securityKeyLine, securityKeySignature } from '../../world/git/security-key.ts';
import { sshLine, sshSignature } from '../../world/git/ssh.ts';
import { makeKey } from '../../world/keys.ts';
import type { SigningKey } from '../../world/keys.ts';

const EQUIPPED = spawnSync('git', ['--version']).error === undefined;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-commits-'));
const [clone, policies, marker] = [join(folder, 'clone'), join(folder, 'policies'), join(folder, 'somebody-ran-this')];
const [alice, bob, stranger] = [makeKey('ed25519'), makeKey('ed25519'), makeKey('ed25519')];
const URL = 'git:https://github.com/acme/app@';

const git = (...args: readonly string[]): string => execFileSync('git', ['-C', clone, ...args], { env: { PATH: process.env['PATH'] ?? '', HOME: folder }, stdio: ['pipe', 'pipe', 'ignore'] }).toString().trim();
const stored = (type: 'commit' | 'tag', raw: Buffer): string => execFileSync('git', ['-C', clone, 'hash-object', '-t', type, '-w', '--literally', '--stdin'], { input: raw, env: { PATH: process.env['PATH'] ?? '' } }).toString().trim();
const commitBy = (key: SigningKey | undefined, ...parents: readonly string[]): string => {
  const payload = commitOf({ parents, tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' });
  return stored('commit', key === undefined ? payload : signedCommit(payload, sshSignature({ key, payload })));
};
const sshCommit = (message: string): Buffer => {
  const payload = commitOf({ message, tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' });
  return signedCommit(payload, sshSignature({ key: alice, payload }));
};
const tagBy = (key: SigningKey, commit: string, name: string): void => {
  const raw = tagOf(commit, { name });
  git('update-ref', `refs/tags/${name}`, stored('tag', signedTag(raw, sshSignature({ key, payload: raw }))));
};
const verify = (commit: string, ...more: readonly string[]) => ranCommandLine('verify', `${URL}${commit}`, '-p', policies, '--repo', clone, ...more);
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const demand = (source: object): void => writeFileSync(join(policies, 'p.yaml'), document('Signer', 'alice', { identities: [{ key: { data: sshLine(alice) } }] })
  + document('Signer', 'bob', { identities: [{ key: { data: sshLine(bob) } }] })
  + document('ClusterArtifactPolicy', 'source', { artifacts: [{ git: 'https://github.com/acme/*' }], require: [{ name: 'signed', source: { by: ['alice', 'bob'], ...source } }] }));

beforeAll(() => {
  if (!EQUIPPED) return;
  mkdirSync(policies);
  execFileSync('git', ['init', '-q', clone]);
  demand({});
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(EQUIPPED)('a commit of a clone', () => {
  test('is judged by its signature, and told as JSON as well', async () => {
    expect((await verify(commitBy(alice))).code).toBe(0);
    const denied = await verify(commitBy(stranger), '-o', 'json');
    expect([denied.code, denied.stdout.includes('VERIFY_SIGNER_UNTRUSTED')]).toEqual([1, true]);
    expect((await verify(commitBy(undefined))).stdout).toContain('git commit -S');
  });

  test('that the clone lacks is undetermined until it is fetched, with and without its history, and alone is so', async () => {
    const [base, lost] = [commitBy(undefined), sshCommit('Elsewhere\n')];
    const id = gitId('commit', lost);
    for (const more of [[], ['--since', base], ['-o', 'json'], [`${URL}${commitBy(alice)}`]]) {
      const { code, stdout } = await verify(id, ...more);
      expect([code, stdout]).toEqual([3, expect.stringMatching(/FETCH_NOT_GIVEN/)]);
      if (more.length === 0) expect(stdout).toMatch(new RegExp(`the raw object of commit ${id}[^]*fix: .*--repo DIR, a clone that has it \\(git -C DIR fetch origin ID`));
    }
    // What certainly is not signed beside it decides.
    expect((await verify(id, `${URL}${commitBy(undefined)}`)).code).toBe(1);
    expect(await ranCommandLine('inspect', `${URL}${id}`, '--repo', clone, '--offline')).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/FETCH_NOT_GIVEN[^]*fix .*--repo DIR/) });
    expect((await ranCommandLine('inspect', `${URL}${commitBy(undefined)}`, '--repo', clone, '--offline')).code).toBe(1);
    expect(stored('commit', lost)).toBe(id);
    expect((await verify(id)).code).toBe(0);
  });

  test('whose history ends where the clone was cut off is undetermined', async () => {
    const base = commitBy(undefined);
    const commit = commitBy(alice, commitBy(alice, base));
    demand({ since: [base] });
    expect((await verify(commit, '--since', base)).code).toBe(0);
    const told = await verify(commit);
    expect([told.code, told.stdout]).toEqual([3, expect.stringMatching(/was not given[^]*--repo DIR --since COMMIT.*FETCH_NOT_GIVEN/)]);
    expect((await verify(commitBy(alice, commitBy(stranger, base)), '--since', base)).code).toBe(1);
    demand({});
  });

  test('comes with the tags that point to it, packed or not', async () => {
    demand({ approvedBy: ['bob'] });
    const commit = commitBy(alice, commitBy(alice));
    expect((await verify(commit)).stdout).toContain('POLICY_REVIEW');
    tagBy(bob, commit, 'v1');
    expect((await verify(commit)).code).toBe(0);
    git('update-ref', 'refs/heads/main', commit);
    git('gc', '-q');
    git('pack-refs', '--all');
    expect((await verify(commit)).code).toBe(0);
    demand({});
  });

  test('comes with its history since another one', async () => {
    const base = commitBy(undefined);
    const commit = commitBy(alice, commitBy(bob, commitBy(alice, base)));
    demand({ since: [base] });
    expect((await verify(commit)).stdout).toContain('FETCH_NOT_GIVEN');
    expect((await verify(commit, '--since', base)).code).toBe(0);
    expect((await verify(commitBy(alice, commitBy(stranger, base)), '--since', base)).stdout).toContain('POLICY_HISTORY');
    demand({});
  });

  test('comes with its history since a commit that is there, and says what it is otherwise', async () => {
    const commit = commitBy(alice, commitBy(alice));
    const tree = execFileSync('git', ['-C', clone, 'hash-object', '-t', 'tree', '-w', '--stdin'], { input: '', env: { PATH: process.env['PATH'] ?? '' } }).toString().trim();
    for (const [since, says] of [['d'.repeat(40), `holds no commit ${'d'.repeat(40)}; fetch it first`], [tree, `${tree} is a tree and no commit`]] as const) {
      const { code, stderr } = await verify(commit, '--since', since);
      expect([code, stderr]).toEqual([64, expect.stringContaining(says)]);
    }
    // What warnings say before it is not what went wrong.
    writeFileSync(join(clone, '.git', 'info', 'grafts'), `${'c'.repeat(40)}\n`);
    const broken = commitBy(alice, 'e'.repeat(40));
    expect((await verify(broken, '--since', commit)).stderr).not.toMatch(/hint|warning/);
    rmSync(join(clone, '.git', 'info', 'grafts'));
  });

  test('comes with all tags that point to it, however many strangers made', async () => {
    demand({ approvedBy: ['bob'] });
    const commit = commitBy(alice, commitBy(alice, commitBy(alice)));
    for (let index = 0; index < 70; index += 1) tagBy(stranger, commit, `a${index}`);
    expect((await verify(commit)).stdout).toContain('POLICY_REVIEW');
    tagBy(bob, commit, 'z');
    expect((await verify(commit)).code).toBe(0);
    demand({});
  });

  test('is inspected: who signed it stands ready to paste, and the policy that is shown admits it', async () => {
    const commit = commitBy(alice, 'f'.repeat(40));
    writeFileSync(join(folder, 'alice.pub'), sshLine(alice));
    const shown = await ranCommandLine('inspect', `${URL}${commit}`, '--repo', clone, '--key', join(folder, 'alice.pub'), '--offline');
    expect([shown.code, shown.stdout.includes('kind: Signer')]).toEqual([0, true]);
    writeFileSync(join(folder, 'inspected.yaml'), shown.stdout.replace('mode: warn', 'mode: enforce'));
    expect((await ranCommandLine('verify', `${URL}${commit}`, '-p', join(folder, 'inspected.yaml'), '--repo', clone)).code).toBe(0);
    expect((await ranCommandLine('verify', `${URL}${commitBy(stranger)}`, '-p', join(folder, 'inspected.yaml'), '--repo', clone)).code).toBe(1);
    const unknown = await ranCommandLine('inspect', `${URL}${commit}`, '--repo', clone, '--offline');
    expect([unknown.code, unknown.stderr.includes(sshLine(alice).split(' ').slice(0, 2).join(' '))]).toEqual([1, true]);
  });

  test('of a security key is inspected by its line', async () => {
    const payload = commitOf({ message: 'Touched\n' });
    const commit = stored('commit', signedCommit(payload, securityKeySignature({ key: alice, payload })));
    writeFileSync(join(folder, 'alice-sk.pub'), `${securityKeyLine(alice)}\n`);
    const shown = await ranCommandLine('inspect', `${URL}${commit}`, '--repo', clone, '--key', join(folder, 'alice-sk.pub'), '--offline');
    expect(shown.stdout).toContain(securityKeyLine(alice).split(' ').slice(0, 2).join(' '));
    writeFileSync(join(folder, 'inspected.yaml'), shown.stdout.replace('mode: warn', 'mode: enforce'));
    expect((await ranCommandLine('verify', `${URL}${commit}`, '-p', join(folder, 'inspected.yaml'), '--repo', clone)).code).toBe(0);
    expect((await ranCommandLine('verify', `${URL}${commitBy(alice)}`, '-p', join(folder, 'inspected.yaml'), '--repo', clone)).code).toBe(1);
  });

  test('of an OpenPGP key is inspected by its block', async () => {
    const primary = pgpKey(makeKey('ed25519'));
    const payload = commitOf();
    const commit = stored('commit', signedCommit(payload, pgpArmour('PGP SIGNATURE', pgpSignature({ by: primary, parts: [payload] }))));
    writeFileSync(join(folder, 'alice.asc'), pgpBlock({ primary }));
    const shown = await ranCommandLine('inspect', `${URL}${commit}`, '--repo', clone, '--key', join(folder, 'alice.asc'), '--offline');
    expect(shown.stdout).toContain('BEGIN PGP PUBLIC KEY BLOCK');
    writeFileSync(join(folder, 'inspected.yaml'), shown.stdout.replace('mode: warn', 'mode: enforce'));
    expect((await ranCommandLine('verify', `${URL}${commit}`, '-p', join(folder, 'inspected.yaml'), '--repo', clone)).code).toBe(0);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['a folder that is no clone', [`${URL}${'b'.repeat(40)}`, '--repo', policies], /not a git repository/],
    ['a folder that is not there', [`${URL}${'b'.repeat(40)}`, '--repo', join(folder, 'nowhere')], /nowhere/],
    ['a short id', [`${URL}abcdef1`, '--repo', clone], /whole commit id/],
    ['a branch', [`${URL}refs/heads/main`, '--repo', clone], /whole commit id/],
    ['an image beside', ['ghcr.io/acme/app:1', '--repo', clone], /only for commits/],
    ['a beginning without clone', [`${URL}${'b'.repeat(40)}`, '--since', 'c'.repeat(40)], /only with --repo/],
    ['a beginning that is none', [`${URL}${'b'.repeat(40)}`, '--repo', clone, '--since', '--output=x'], /whole commit id/],
  ])('%s is wrong usage', async (_, args, says) => {
    const { code, stderr } = await ranCommandLine('verify', ...args, '-p', policies);
    expect([code, stderr]).toEqual([64, expect.stringMatching(says)]);
  });
});

describe.runIf(EQUIPPED)('nothing of a clone is run or believed', () => {
  const script = join(folder, 'script');
  const environment = { ...process.env };
  beforeAll(() => {
    writeFileSync(script, `#!/bin/sh\necho ran >> ${marker}\n`);
    chmodSync(script, 0o755);
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
    expect(existsSync(marker)).toBe(false);
  });

  test('not its settings, hooks and partial fetches', async () => {
    const commit = commitBy(alice, 'b'.repeat(40));
    for (const [name, value] of [['core.fsmonitor', script], ['core.sshCommand', script], ['core.pager', script], ['core.hooksPath', folder], ['gpg.program', script], ['gpg.ssh.program', script],
      ['alias.cat-file', `!${script}`], ['alias.rev-list', `!${script}`], ['extensions.partialClone', 'origin'], ['remote.origin.url', `ext::${script}`], ['remote.origin.promisor', 'true'], ['protocol.ext.allow', 'always'],
      ['uploadpack.packObjectsHook', script], ['filter.x.smudge', script]] as const) git('config', name, value);
    try {
      expect((await verify(commit)).code).toBe(0);
      expect((await verify(commit, '--since', 'c'.repeat(40))).code).toBe(64);
      expect((await verify('d'.repeat(40))).code).toBe(3);
    } finally {
      rmSync(join(clone, '.git', 'config'));
      writeFileSync(join(clone, '.git', 'config'), '[core]\n\trepositoryformatversion = 0\n');
    }
  });

  test('not replacements and grafts: the bytes are those of the id', async () => {
    const [good, evil] = [commitBy(alice), commitBy(stranger)];
    git('replace', '-f', evil, good);
    writeFileSync(join(clone, '.git', 'info', 'grafts'), `${evil} ${good}\n`);
    expect((await verify(evil)).stdout).toContain('VERIFY_SIGNER_UNTRUSTED');
    expect((await verify(good)).code).toBe(0);
  });

  test('not an object that is stored under the id of another', async () => {
    const [good, evil] = [commitBy(alice, 'e'.repeat(40)), commitBy(stranger, 'e'.repeat(40))];
    const at = (id: string): string => join(clone, '.git', 'objects', id.slice(0, 2), id.slice(2));
    execFileSync('cp', ['-f', at(good), at(evil)]);
    const { code, stdout, stderr } = await verify(evil);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/VERIFY_SUBJECT_MISMATCH|hash mismatch|corrupt|mismatch/i);
  });

  test('nor the environment of whoever calls', async () => {
    const [good, evil] = [commitBy(alice), commitBy(stranger)];
    Object.assign(process.env, { GIT_DIR: join(folder, 'elsewhere'), GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.fsmonitor', GIT_CONFIG_VALUE_0: script, GIT_EXTERNAL_DIFF: script, GIT_SSH_COMMAND: script, GIT_TRACE: marker });
    expect((await verify(good)).code).toBe(0);
    expect((await verify(evil)).code).toBe(1);
  });

  test('raw objects do without a clone', async () => {
    const payload = commitOf();
    const raw = signedCommit(payload, sshSignature({ key: alice, payload }));
    writeFileSync(join(folder, 'commit.raw'), raw);
    const args = ['verify', `${URL}${gitId('commit', raw)}`, '-p', policies];
    expect((await ranCommandLine(...args, '--evidence', join(folder, 'commit.raw'))).code).toBe(0);
    expect(await ranCommandLine(...args)).toMatchObject({ code: 3, stdout: expect.stringMatching(/FETCH_NOT_GIVEN/) });
    writeFileSync(join(folder, 'commit.json'), JSON.stringify({ gitObjects: [raw.toString('base64')] }));
    expect((await ranCommandLine(...args, '--evidence', join(folder, 'commit.json'))).code).toBe(0);
    const admit = ['admit', `git+https://github.com/acme/app@${gitId('commit', raw)}`, '-p', policies];
    expect(await ranCommandLine(...admit)).toMatchObject({ code: 3, stdout: expect.stringMatching(/FETCH_NOT_GIVEN[^]*fix .*--evidence FILE, which git cat-file commit ID > FILE writes/) });
    expect((await ranCommandLine(...admit, '--evidence', join(folder, 'commit.raw'))).code).toBe(0);
    writeFileSync(join(folder, 'unsigned.raw'), commitOf({ message: 'Unsigned\n' }));
    const unsigned = `git+https://github.com/acme/app@${gitId('commit', commitOf({ message: 'Unsigned\n' }))}`;
    expect(await ranCommandLine('admit', unsigned, '-p', policies, '--evidence', join(folder, 'unsigned.raw'))).toMatchObject({ code: 1, stdout: expect.stringContaining('FETCH_NONE_FOUND') });
    writeFileSync(join(folder, 'broken.json'), JSON.stringify({ gitObjects: ['*'] }));
    expect((await ranCommandLine(...args, '--evidence', join(folder, 'broken.json'))).stdout).toContain('VERIFY_MALFORMED');
  });
});
