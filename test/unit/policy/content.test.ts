// The content of a policy: it changes with everything that its verdicts depend on, and with nothing else.
import { describe, expect, test } from 'vitest';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import { policiesDigest } from '../../../src/select/policies-digest.ts';
import { compileSet, fakeRoot, policy, signer, trustRoot } from './support.ts';

const image = { kind: 'image', name: 'ghcr.io/acme/app' } as const;
const digestOf = (...texts: string[]): string => spokenBy(compileSet(...texts));
const spokenBy = (set: PolicySet): string => policiesDigest(set.candidates(image));

function revoking(name: string, digest: string): string {
  const revocations = [{ digest: `sha256:${digest.repeat(64)}`, reason: 'x' }];
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name }, spec: { revocations } });
}

const BASE = [signer(), policy()];
const base = digestOf(...BASE);

describe('the digest of the policies that speak about an artifact', () => {
  test('is that of 64 hexadecimal digits, and equal for equal documents in whatever files and order', () => {
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf(policy(), signer())).toBe(base);
    expect(digestOf(`${policy()}\n---\n${signer()}`)).toBe(base);
  });

  test.each<[string, string[]]>([
    ['the policy', [signer(), policy({ requireDigest: true })]],
    ['its mode', [signer(), policy({ mode: 'warn' })]],
    ['a signer that it names', [signer('alice', { validity: { notAfter: '2030-01-01T00:00:00Z' } }), policy()]],
    ['what its signer has disowned', [signer('alice', { revocations: [{ digest: `sha256:${'a'.repeat(64)}`, reason: 'x' }] }), policy()]],
    ['a list of revocations', [...BASE, revoking('incidents', 'a')]],
    ['another policy that speaks about it too', [...BASE, policy({ requireDigest: true }, { name: 'more' })]],
    ['none that speaks about it', [signer(), policy({ artifacts: [{ image: 'ghcr.io/other/**' }] })]],
  ])('changes with %s', (_what, texts) => {
    expect(digestOf(...texts)).not.toBe(base);
  });

  test('changes with a trust root that is published anew', () => {
    const keyless = { identities: [{ keyless: { issuer: 'https://issuer.example', subject: 'a@acme.example', trustRoot: 'acme' } }] };
    const rooted = (logs: number): string => digestOf(signer('alice', keyless), policy(), trustRoot('acme', { trustedRoot: fakeRoot(logs) }));
    expect(rooted(1)).toBe(rooted(1));
    expect(rooted(1)).not.toBe(rooted(2));
  });

  test.each<[string, string[]]>([
    ['a signer that no policy about it names', [...BASE, signer('bob'), policy({ artifacts: [{ image: 'ghcr.io/b/**' }], require: [{ name: 'b', signature: { by: ['bob'] } }] }, { name: 'b' })]],
    ['a policy in mode audit, which only looks on', [...BASE, policy({ mode: 'audit', requireDigest: true }, { name: 'trial' })]],
    ['labels', [signer(), policy({}, { labels: { team: 'a' } })]],
  ])('does not change with %s', (_what, texts) => {
    expect(digestOf(...texts)).toBe(base);
  });
});
