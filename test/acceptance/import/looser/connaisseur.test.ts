/** Configurations of Connaisseur whose import was looser than they are, each with a twin that is admitted. */
import { test } from 'vitest';
import { keyless, signed, verdicts } from './support.ts';

const connaisseur = (policy: readonly unknown[]): unknown => ({
  validators: [
    { name: 'allow', type: 'static', approve: true }, { name: 'deny', type: 'static', approve: false },
    { name: 'people', type: 'cosign', trustRoots: [{ name: 'default', ...keyless('alice') }] },
  ],
  policy,
});

test.each([
  ['a path without a host', 'acme/app'], ['a path with a wildcard at its end', 'acme/ap*'], ['a name with a tag', 'app:*'], ['the end of a path', 'me/app'],
])('Connaisseur finds %s in the names of every host', async (_, pattern) => {
  await verdicts(connaisseur([{ pattern: '*:*', validator: 'allow' }, { pattern, validator: 'people' }]), 'deny', [
    ['ghcr.io/acme/app:1', [], 'deny'], ['docker.io/acme/app:1', [], 'deny'], ['r.acme.example:5000/acme/app:1', [], 'deny'],
    ['ghcr.io/acme/app:1', [signed('people-default')], pattern.includes('/') ? 'admit' : 'warn'],
  ]);
});

test('Connaisseur: a pattern with a host speaks about that host, and others are let through as before', async () => {
  await verdicts(connaisseur([{ pattern: '*:*', validator: 'allow' }, { pattern: 'ghcr.io/acme/app', validator: 'people' }]), 'deny', [
    ['ghcr.io/acme/app:1', [], 'deny'], ['docker.io/acme/app:1', [], 'warn'],
  ]);
});
