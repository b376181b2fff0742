/** OpenSSL and GnuPG are the oracles of CMS: what we accept `openssl cms -verify` accepts, and what gpgsm has signed for git we accept. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName, subjectKeyId } from '../../../world/extensions.ts';
import { smime } from '../../../world/git/cms.ts';
import { armoured, commitOf, signedCommit } from '../../../world/git/object.ts';
import { makeKey } from '../../../world/keys.ts';
import type { SigningKey } from '../../../world/keys.ts';
import { makeCertificate } from '../../../world/x509.ts';
import type { Name } from '../../../world/x509.ts';
import { doc, numbers, policy, signer, verdict } from './support.ts';

const has = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).error === undefined;
const home = mkdtempSync(join(tmpdir(), 'cms-oracle-'));
const NOW = Math.floor(Date.now() / 1000) * 1000;
const DAY = 86_400_000;
const CA: Name = [['O', 'Acme'], ['CN', 'Acme Root']];
const authority = makeKey('rsa-2048');
const anchor = makeCertificate({ subject: CA, issuer: CA, spki: authority.spki, notBefore: NOW - DAY, notAfter: NOW + 30 * DAY, extensions: [basicConstraints(true), keyUsage(['keyCertSign', 'cRLSign']), subjectKeyId(authority.spki)] }, authority);
const keys: readonly SigningKey[] = [makeKey('p256'), makeKey('rsa-2048')];
const certificates = keys.map((key) => makeCertificate({
  subject: [['CN', 'Alice'], ['emailAddress', 'alice@acme.test']], issuer: CA, spki: key.spki, notBefore: NOW - DAY, notAfter: NOW + DAY,
  extensions: [keyUsage(['digitalSignature', 'contentCommitment']), extendedKeyUsage(['emailProtection']), subjectAltName([{ type: 'email', value: 'alice@acme.test' }], false)],
}, authority));
const documents = [
  doc('TrustRoot', 'acme', { x509: { certificates: anchor.pem } }),
  signer('alice', { x509: { san: 'alice@acme.test', eku: ['emailProtection'], trustRoot: 'acme' } }), policy({ signature: { by: ['alice'] } }),
];
afterAll(() => {
  spawnSync('gpgconf', ['--kill', 'all'], { env: { PATH: process.env['PATH'] ?? '', GNUPGHOME: join(home, 'gnupg') } });
  rmSync(home, { recursive: true, force: true });
});

describe.runIf(has('openssl', 'version'))('OpenSSL agrees', () => {
  const payload = commitOf();
  const signed = keys.map((key, index) => {
    const certificate = certificates[index];
    if (certificate === undefined) throw new Error('no certificate');
    return Buffer.from(smime(payload, { key, certificate }, NOW).split('\n').slice(1, -2).join(''), 'base64');
  });
  const [content, ca, der] = [join(home, 'payload'), join(home, 'ca.pem'), join(home, 'signature.der')];
  beforeAll(() => {
    writeFileSync(content, payload);
    writeFileSync(ca, anchor.pem);
  });
  function byOpenssl(bytes: Buffer): boolean {
    writeFileSync(der, bytes);
    return spawnSync('openssl', ['cms', '-verify', '-inform', 'DER', '-in', der, '-binary', '-content', content, '-CAfile', ca, '-purpose', 'any', '-out', '/dev/null'], { stdio: 'ignore' }).status === 0;
  }
  const ours = async (bytes: Buffer): Promise<boolean> =>
    (await verdict({ documents, objects: [signedCommit(payload, armoured('SIGNED MESSAGE', bytes))], now: NOW })).code === 'POLICY_SATISFIED';

  test('with what is honest, and with all that we accept of 200 changed signatures', async () => {
    for (const bytes of signed) expect([await ours(bytes), byOpenssl(bytes)]).toEqual([true, true]);
    const next = numbers(5652);
    const counts = { both: 0, opensslAlone: 0, neither: 0 };
    for (let turn = 0; turn < 200; turn += 1) {
      const bytes = Buffer.from(signed[turn % signed.length] ?? payload);
      const at = next(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << next(8));
      const [here, there] = [await ours(bytes), byOpenssl(bytes)];
      expect(here && !there, `turn ${turn}: bit at ${at}`).toBe(false);
      counts[here ? 'both' : there ? 'opensslAlone' : 'neither'] += 1;
    }
    expect(counts.neither).toBeGreaterThan(120);
  }, 120_000);
});

describe.runIf(has('gpgsm', '--version') && has('git', '--version') && has('openssl', 'version'))('GnuPG signs', () => {
  test('commits with a certificate (gpg.format x509), which git and we accept', async () => {
    const [gnupg, repo] = [join(home, 'gnupg'), join(home, 'repo')];
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, GNUPGHOME: gnupg, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C', GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'alice@acme.test', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'alice@acme.test' };
    mkdirSync(gnupg, { mode: 0o700 });
    writeFileSync(join(gnupg, 'gpgsm.conf'), 'disable-crl-checks\nbatch\npinentry-mode loopback\n');
    const [, key] = keys;
    const [, certificate] = certificates;
    if (key === undefined || certificate === undefined) throw new Error('no key');
    writeFileSync(join(home, 'key.pem'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(home, 'cert.pem'), certificate.pem);
    writeFileSync(join(home, 'root.pem'), anchor.pem);
    execFileSync('openssl', ['pkcs12', '-export', '-legacy', '-in', join(home, 'cert.pem'), '-inkey', join(home, 'key.pem'), '-passout', 'pass:', '-out', join(home, 'key.p12')], { stdio: 'ignore' });
    const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { env, input: '', stdio: ['pipe', 'pipe', 'pipe'] }).toString();
    run('gpgsm', '--import', join(home, 'root.pem'));
    run('gpgsm', '--passphrase-fd', '0', '--import', join(home, 'key.p12'));
    writeFileSync(join(gnupg, 'trustlist.txt'), `${anchor.fingerprint === '' ? '' : /fpr:+([0-9A-F]{40}):/.exec(run('gpgsm', '--with-colons', '-k', 'Acme Root'))?.[1] ?? ''} S relax\n`);
    run('gpgconf', '--kill', 'all');
    run('git', 'init', '-q', repo);
    run('git', '-C', repo, '-c', 'gpg.format=x509', '-c', 'user.signingkey=alice@acme.test', 'commit', '-q', '--allow-empty', '-S', '-m', 'Say hello');
    const id = run('git', '-C', repo, 'rev-parse', 'HEAD').trim();
    expect(spawnSync('git', ['-C', repo, 'verify-commit', id], { env, stdio: 'ignore' }).status).toBe(0);
    const raw = execFileSync('git', ['-C', repo, 'cat-file', 'commit', id], { env });
    expect(await verdict({ documents, objects: [raw], now: Date.now() })).toMatchObject({ code: 'POLICY_SATISFIED' });
    const other = Buffer.from(raw.toString('latin1').replace('hello', 'hullo'), 'latin1');
    expect(await verdict({ documents, objects: [other], now: Date.now() })).toMatchObject({ code: 'VERIFY_SIGNATURE_INVALID' });
  }, 60_000);
});
