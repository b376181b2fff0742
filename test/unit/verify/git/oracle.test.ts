/** git itself is the oracle: whatever we accept of commits and tags, good and mutated, `git verify-commit` and `verify-tag` accept. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doc, numbers, policy, verdict } from './support.ts';

const has = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).error === undefined;
const EQUIPPED = has('git', '--version') && has('gpg', '--version') && has('ssh-keygen', '-?');

const home = mkdtempSync(join(tmpdir(), 'git-oracle-'));
const repo = join(home, 'repo');
const env = {
  PATH: process.env['PATH'] ?? '', HOME: home, GNUPGHOME: join(home, 'gnupg'), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C',
  GIT_AUTHOR_NAME: 'Alice', GIT_AUTHOR_EMAIL: 'alice@acme.test', GIT_COMMITTER_NAME: 'Alice', GIT_COMMITTER_EMAIL: 'alice@acme.test',
};
const git = (args: readonly string[], input?: Buffer): Buffer => execFileSync('git', ['-C', repo, ...args], { env, input, stdio: ['pipe', 'pipe', 'pipe'] });
const text = (args: readonly string[]): string => git(args).toString().trim();

/** How the developer signs, by name; each is one Signer of the policy. */
const WAYS: Record<string, readonly string[]> = {};
const documents: unknown[] = [];

function sshKey(name: string, ...type: readonly string[]): void {
  const path = join(home, name);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'alice@acme.test', '-f', path, ...type], { env });
  WAYS[name] = ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${path}`];
  const line = readFileSync(`${path}.pub`, 'utf8').trim();
  writeFileSync(join(home, 'allowed'), `alice@acme.test namespaces="git" ${line}\n`, { flag: 'a' });
  documents.push(doc('Signer', name, { identities: [{ key: { data: line } }] }));
}

function gpgKey(name: string, algorithm: string, subkey?: string): void {
  const run = (...args: readonly string[]): Buffer => execFileSync('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  run('--quick-generate-key', `${name} <${name}@acme.test>`, algorithm, subkey === undefined ? 'sign,cert' : 'cert', '2y');
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(run('--with-colons', '--list-keys', `${name}@acme.test`).toString())?.[1] ?? '';
  if (subkey !== undefined) run('--quick-add-key', fingerprint, subkey, 'sign', '2y');
  WAYS[name] = ['-c', 'gpg.format=openpgp', '-c', `user.signingkey=${name}@acme.test`];
  documents.push(doc('Signer', name, { identities: [{ key: { data: run('--armor', '--export-options', 'export-minimal', '--export', fingerprint).toString() } }] }));
}

interface Made {
  readonly way: string;
  readonly type: 'commit' | 'tag';
  readonly raw: Buffer;
  /** Of a tag: the commit. */
  readonly commit: string;
}

const made: Made[] = [];

beforeAll(() => {
  if (!EQUIPPED) return;
  mkdirSync(repo);
  mkdirSync(env.GNUPGHOME, { mode: 0o700 });
  git(['init', '-q']);
  git(['config', 'gpg.ssh.allowedSignersFile', join(home, 'allowed')]);
  sshKey('ssh-ed25519', '-t', 'ed25519');
  sshKey('ssh-rsa', '-t', 'rsa', '-b', '2048');
  sshKey('ssh-p256', '-t', 'ecdsa', '-b', '256');
  sshKey('ssh-p521', '-t', 'ecdsa', '-b', '521');
  gpgKey('gpg-ed25519', 'ed25519');
  gpgKey('gpg-rsa', 'rsa2048');
  gpgKey('gpg-p384', 'nistp384');
  gpgKey('gpg-subkey', 'ed25519', 'rsa2048');
  documents.push(policy({ signature: { by: Object.keys(WAYS) } }));
  for (const [way, settings] of Object.entries(WAYS)) {
    for (const step of [1, 2]) {
      git([...settings, 'commit', '-q', '--allow-empty', '-S', '-m', `${way} ${step}`]);
      const commit = text(['rev-parse', 'HEAD']);
      made.push({ way, type: 'commit', raw: git(['cat-file', 'commit', commit]), commit });
    }
    git([...settings, 'tag', '-s', '-m', `Release of ${way}`, way]);
    made.push({ way, type: 'tag', raw: git(['cat-file', 'tag', way]), commit: text(['rev-parse', 'HEAD']) });
  }
}, 120_000);

afterAll(() => {
  spawnSync('gpgconf', ['--kill', 'all'], { env });
  rmSync(home, { recursive: true, force: true });
});

const SIGNATURE = /(-----BEGIN [A-Z ]+-----)([\s\S]*?)(-----END [A-Z ]+-----)/;

/** One of many ways to change an object; some of them change nothing that matters. */
function mutated({ raw, type }: Made, other: Made, next: (below: number) => number): Buffer {
  const source = raw.toString('latin1');
  const flip = (at: number): Buffer => Buffer.concat([raw.subarray(0, at), Buffer.from([(raw[at] ?? 0) ^ (1 << next(8))]), raw.subarray(at + 1)]);
  const latin1 = (changed: string): Buffer => Buffer.from(changed, 'latin1');
  switch (next(14)) {
    case 0:
    case 1:
    case 2:
      return flip(next(raw.length));
    case 3:
      return flip(source.search(SIGNATURE) + 40 + next(100));
    case 4:
      return latin1(source.replace(SIGNATURE, SIGNATURE.exec(other.raw.toString('latin1'))?.[0].replaceAll('\n ', '\n').replaceAll('\n', type === 'commit' ? '\n ' : '\n') ?? ''));
    case 5:
      return latin1(`${source}${type === 'commit' ? 'more\n' : ''}`);
    case 6:
      return latin1(source.replace(/^author .*\n/m, '$&$&'));
    case 7:
      return latin1(source.replace(/\n\n/, `\nencoding ISO-8859-1\n\n`));
    case 8:
      return latin1(source.replace(SIGNATURE, '$1\n$2$3'));
    case 9:
      return latin1(source.replace(/alice@acme\.test/g, 'mallory@acme.test'));
    case 10:
      return latin1(source.replace(SIGNATURE, '$1$2$3 '));
    case 11:
      return latin1(source.replace(SIGNATURE, `$1${next(2) === 0 ? ' ' : '\r'}$2$3`));
    case 12:
      return latin1(source.replace(/^gpgsig /m, 'gpgsig-sha256 other\n$&'));
    default:
      return latin1(source.replace('Release', 'Rollback').replace(/ (\d)\n/, ' 9\n'));
  }
}

/** Whether git accepts the object, which need not be one that it would write. */
function accepted(raw: Buffer, type: Made['type']): { readonly id: string; readonly byGit: boolean } {
  const id = git(['hash-object', '-t', type, '-w', '--literally', '--stdin'], raw).toString().trim();
  return { id, byGit: spawnSync('git', ['-C', repo, type === 'commit' ? 'verify-commit' : 'verify-tag', id], { env, stdio: 'ignore' }).status === 0 };
}

describe.runIf(EQUIPPED)('git agrees', () => {
  test('what it has signed is accepted by both', async () => {
    expect(made).toHaveLength(24);
    for (const { raw, type, commit, way } of made) {
      expect(accepted(raw, type).byGit, way).toBe(true);
      expect(await verdict({ documents, objects: [raw], id: commit, now: Date.now() }), way).toMatchObject({ code: 'POLICY_SATISFIED' });
    }
  });

  test('of 240 changed ones it accepts all that we accept', async () => {
    const next = numbers(2026);
    const counts = { both: 0, gitAlone: 0, neither: 0 };
    for (let turn = 0; turn < 240; turn += 1) {
      const one = made[turn % made.length] as Made;
      const raw = mutated(one, made[next(made.length)] as Made, next);
      const { id, byGit } = accepted(raw, one.type);
      const { code } = await verdict({ documents, objects: [Buffer.from(JSON.stringify({ gitObjects: [raw.toString('base64')] }))], id: one.type === 'commit' ? id : one.commit, now: Date.now() });
      const ours = code === 'POLICY_SATISFIED';
      expect(ours && !byGit, `turn ${turn}: ${one.way} ${one.type}\n${raw.toString('latin1')}`).toBe(false);
      counts[ours ? 'both' : byGit ? 'gitAlone' : 'neither'] += 1;
    }
    // Some changes change nothing, and most are refused by both.
    expect(counts.neither).toBeGreaterThan(150);
    expect(counts.both).toBeGreaterThan(0);
  }, 300_000);
});
