/** Commits in policy tests: whoever signs commits with OpenPGP or a security key has a stand-in that does no more than he can. */
import { describe, expect, test } from 'vitest';
import { pgpBlock, pgpKey, SAYS } from '../../world/git/pgp.ts';
import { securityKeyLine } from '../../world/git/security-key.ts';
import { makeKey } from '../../world/keys.ts';
import { decided, policyTest, ran, signer } from './support.ts';

const created = 1_600_000_000;
const primary = pgpKey(makeKey('ed25519'), created);
const AT = '2026-11-01T12:00:00Z';
const ENDS = Date.parse('2026-10-01T00:00:00Z') / 1000;

const KEYS: Record<string, string> = {
  'an OpenPGP block': pgpBlock({ primary }), 'an OpenPGP block of RSA': pgpBlock({ primary: pgpKey(makeKey('rsa-2048'), created) }),
  'a security key': securityKeyLine(makeKey('ed25519')), 'a security key on P-256': securityKeyLine(makeKey('p256')),
};
const source = {
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'source' },
  spec: { artifacts: [{ git: 'https://github.com/acme/*' }, { image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] },
};
const git = 'https://github.com/acme/app';
const judged = (data: string, evidence: readonly object[]) => decided({
  policies: [signer('alice', [{ key: { data } }]), source], at: AT, artifacts: [{ git, evidence }], cases: [{ name: 'it', git, expect: { decision: 'admit' } }],
});

describe.each(Object.entries(KEYS))('%s', (_, data) => {
  test('signs commits and tags', async () => {
    expect(await judged(data, [{ by: 'alice', commit: {} }])).toEqual(['admit POLICY_SATISFIED']);
    expect(await judged(data, [{ by: { key: 'stranger' }, commit: {} }, { by: 'alice', tag: {} }])).toEqual(['admit POLICY_SATISFIED']);
    expect(await judged(data, [{ by: { key: 'stranger' }, commit: {} }])).toEqual(['deny VERIFY_SIGNER_UNTRUSTED']);
  });

  test('signs nothing else', async () => {
    const image = `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`;
    const { code, stderr } = await ran([policyTest({ policies: [signer('alice', [{ key: { data } }]), source], at: AT, artifacts: [{ image, evidence: [{ by: 'alice', signature: {} }] }], cases: [{ name: 'it', image, expect: { decision: 'admit' } }] })]);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining('signs commits and tags alone')]);
  });
});

test('a commit or a tag that is there without a signature is unsigned; one that nobody handed over is not', async () => {
  const data = KEYS['a security key'] ?? '';
  const unsigned = { by: 'alice', broken: 'unsigned' };
  expect(await judged(data, [{ ...unsigned, commit: {} }])).toEqual(['deny FETCH_NONE_FOUND']);
  expect(await judged(data, [{ ...unsigned, commit: {} }, { by: 'alice', tag: {} }])).toEqual(['admit POLICY_SATISFIED']);
  expect(await judged(data, [{ ...unsigned, commit: {} }, { ...unsigned, tag: {} }])).toEqual(['deny FETCH_NONE_FOUND']);
  expect(await judged(data, [])).toEqual(['undetermined FETCH_NOT_GIVEN']);
  const artifacts = [{ image: 'ghcr.io/acme/app:1', evidence: [{ ...unsigned, signature: {} }] }];
  const { code, stderr } = await ran([policyTest({ policies: [signer('alice', [{ key: { data: makeKey('ed25519').publicKeyPem } }]), source], artifacts, cases: [{ name: 'it', image: 'ghcr.io/acme/app:1', expect: { decision: 'deny' } }] })]);
  expect([code === 0, stderr]).toEqual([false, expect.stringContaining('spec.artifacts[0].evidence[0].broken')]);
});

test('what stands in for an OpenPGP key ends with it', async () => {
  const ending = (end: number): string => pgpBlock({ primary, self: { says: [SAYS.both, SAYS.expiresAfter(end - created)] } });
  expect(await judged(ending(ENDS), [{ by: 'alice', commit: {} }])).toEqual(['deny POLICY_KEY_WINDOW']);
  expect(await judged(ending(ENDS + 60 * 86_400), [{ by: 'alice', commit: {} }])).toEqual(['admit POLICY_SATISFIED']);
});
